//! The client side of a connection: what a client sends and what it gets.
