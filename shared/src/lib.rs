#![doc = include_str!("../README.md")]

pub mod adapter;
pub mod app;
pub mod config;
pub mod domain;
pub mod edge;
pub mod error;
pub mod flow;
pub mod ports;
pub mod providers;
