//! The online language: asking nodes, making them agree, sending and following.
