//! Topic names, topic filters and everything that is found by them. No sessions, no I/O.
//!
//! A [`TopicName`] or [`TopicFilter`] is parsed once and is then the proof that its text is well formed.
//! [`SubscriptionTrie`] finds the filters that match a name, [`RetainedTree`] the names that match a filter,
//! and [`TopicTemplate`] decides whether a client may use either.

#![forbid(unsafe_code)]

mod covering;
mod filter;
mod name;
mod retained_tree;
mod share;
mod subscription_trie;
mod template;
mod word;

pub use covering::covers;
pub use filter::{FilterError, TopicFilter};
pub use name::{TOPIC_BYTES_MAX, TopicError, TopicName};
pub use retained_tree::{Next, RetainedTree};
pub use share::{Subscribed, SubscribedError};
pub use subscription_trie::{FilterId, SubscriptionTrie};
pub use template::{TemplateError, TemplateFault, TemplateTree, TopicTemplate, Variables};
