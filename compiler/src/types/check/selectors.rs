//! `x.name`: fields, methods, package members, enum cases.
