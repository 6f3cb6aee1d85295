//! Covering: is every topic that one filter matches also matched by another?

use crate::filter::TopicFilter;

/// Whether every name that `filter` matches is also matched by `template`.
#[must_use]
pub fn covers(template: TopicFilter<'_>, filter: TopicFilter<'_>) -> bool {
    let _ = (template, filter);
    todo!()
}
