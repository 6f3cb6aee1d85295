//! Where a search goes on from a topic.

use std::cmp::Ordering;

use crate::filter::TopicFilter;

use super::order::Edge;

/// What a topic means for a search for the matches of a filter.
pub(super) struct Verdict<'a> {
    /// Whether the filter matches it.
    pub(super) is_match: bool,
    /// Where the next match can be at the earliest; `None` if there can be no further one.
    pub(super) next: Option<Edge<'a>>,
}

/// Where a search for the matches of `filter` begins.
pub(super) fn first_edge(filter: TopicFilter<'_>) -> Edge<'_> {
    Edge::at(literal_run(filter.as_str()))
}

/// Decides over one topic, which need not be in the tree.
pub(super) fn judge<'a>(filter: TopicFilter<'_>, topic: &'a str) -> Verdict<'a> {
    if topic.starts_with('$') && filter.as_str().starts_with(['+', '#']) {
        // v5 [MQTT-4.7.2-1]; `%` is the character after `$`.
        return Verdict::miss(Some(Edge::at("%")));
    }
    Walk {
        topic,
        topic_at: Some(0),
        wildcard_end: None,
    }
    .judge(filter.as_str())
}

/// The walk down a topic and a filter at the same time, as far as they fit.
struct Walk<'a> {
    topic: &'a str,
    /// Where the topic's next level begins; `None` behind the last.
    topic_at: Option<usize>,
    /// Where the level ends that the last `+` matched: only a sibling of that level can still lead to a match
    /// once everything below it is seen.
    wildcard_end: Option<usize>,
}

impl<'a> Walk<'a> {
    fn judge(mut self, filter: &str) -> Verdict<'a> {
        let mut filter_at = 0;
        for level in filter.split('/') {
            if level == "#" {
                return Verdict {
                    is_match: true,
                    next: Some(Edge::behind(self.topic)),
                };
            }
            let Some(at) = self.topic_at else {
                return Verdict::miss(Some(self.below(&filter[filter_at..])));
            };
            let text = self.next_level(at);
            match text.cmp(level) {
                _ if level == "+" => self.wildcard_end = Some(at + text.len()),
                Ordering::Equal => {}
                Ordering::Less => {
                    let target = [&self.topic[..at], literal_run(&filter[filter_at..])].concat();
                    return Verdict::miss(Some(Edge::at(target)));
                }
                Ordering::Greater => return Verdict::miss(self.climb()),
            }
            filter_at += level.len() + 1;
        }
        Verdict {
            is_match: self.topic_at.is_none(),
            next: self.climb(),
        }
    }

    fn next_level(&mut self, at: usize) -> &'a str {
        let rest = &self.topic[at..];
        let text = rest.split('/').next().unwrap_or(rest);
        self.topic_at = Some(at + text.len() + 1).filter(|&next| next <= self.topic.len());
        text
    }

    /// The topic is an ancestor of what the filter matches; `rest` is what the filter has more.
    fn below(&self, rest: &str) -> Edge<'a> {
        if rest.starts_with('+') {
            Edge::behind(self.topic)
        } else {
            Edge::at([self.topic, literal_run(rest)].join("/"))
        }
    }

    /// Nothing below what the last `+` matched can match any more.
    fn climb(&self) -> Option<Edge<'a>> {
        let end = self.wildcard_end?;
        Some(Edge::behind_subtree(&self.topic[..end]))
    }
}

impl<'a> Verdict<'a> {
    const fn miss(next: Option<Edge<'a>>) -> Self {
        Self {
            is_match: false,
            next,
        }
    }
}

/// The levels of `filter` before its first wildcard: no match lies before that topic.
fn literal_run(filter: &str) -> &str {
    let Some(wildcard) = filter.find(['+', '#']) else {
        return filter;
    };
    filter[..wildcard].strip_suffix('/').unwrap_or("")
}
