//! The benchmarks: the same work in Goo and in its peers, run side by side.
//!
//! `main` chooses what to measure. [`manifest`] finds the benchmarks, [`contestant`] builds each language's program of one,
//! [`child`] runs a program and sees what it costs, [`measure`] lets programs take turns. [`programs`], [`tool`] and [`scale`] are what
//! is measured, and [`editor`] by itself; each gives [`series::Series`], which [`table`], [`chart`] and JSON show.

pub mod chart;
pub mod check;
pub mod child;
pub mod contestant;
pub mod document;
pub mod editor;
pub mod generate;
pub mod manifest;
pub mod measure;
pub mod programs;
pub mod progress;
pub mod scale;
pub mod series;
pub mod table;
pub mod tool;
