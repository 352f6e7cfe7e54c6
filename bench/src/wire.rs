//! On the wire: real servers, real sockets, and wrk as the crowd of visitors.
pub mod command;
pub mod correct;
pub mod django;
pub mod engine;
pub mod fleet;
pub mod processor;
pub mod race;
pub mod report;
pub mod side;
pub mod site;
pub mod space;
pub mod trips;
pub mod typical;
pub mod visitors;
pub mod wrk;
