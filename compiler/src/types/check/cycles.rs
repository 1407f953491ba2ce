//! Types that would contain themselves.
