//! Many templates as one: does any of them admit a topic name or filter?

use std::collections::BTreeMap;

use super::{Level, Piece, TopicTemplate, is_composed};
use crate::filter::TopicFilter;
use crate::name::TopicName;

/// The node before the first level.
const ROOT: u32 = 0;

/// Topic templates, asked together. An answer costs one step per level of the name or filter and per wildcard or
/// variable that really is there, however many templates there are; at worst each node is visited once.
///
/// Nodes lie in one list and name each other by number. Nothing recurses, so a template of thousands of levels costs
/// their memory and nothing else.
///
/// ```
/// use topic::{TemplateTree, TopicFilter, TopicName, TopicTemplate, Variables};
///
/// let mut variables = Variables::new();
/// let mut tree = TemplateTree::default();
/// for raw in ["plants/+/status", "machines/${client.authenticationName}/#"] {
///     tree.insert(&TopicTemplate::parse(raw, &mut variables).unwrap());
/// }
/// let values = ["m1"];
/// assert!(tree.matches(TopicName::parse("machines/m1/temp").unwrap(), &values));
/// assert!(!tree.matches(TopicName::parse("machines/m2/temp").unwrap(), &values));
/// assert!(tree.covers(TopicFilter::parse("plants/+/status").unwrap(), &values));
/// ```
#[derive(Clone, Debug)]
pub struct TemplateTree {
    nodes: Vec<Node>,
}

/// What the templates say behind the levels that lead here.
#[derive(Clone, Debug, Default)]
struct Node {
    literal: BTreeMap<Box<str>, u32>,
    composed: Vec<(Box<[Piece]>, u32)>,
    any: Option<u32>,
    /// Whether a template goes on with `#`.
    rest: bool,
    /// Whether a template ends here.
    end: bool,
}

impl Default for TemplateTree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

impl TemplateTree {
    /// Adds a template. All of a tree are read with the same [`super::Variables`].
    pub fn insert(&mut self, template: &TopicTemplate) {
        let mut number = ROOT;
        for level in &template.levels {
            let known = self.node(number).child(level);
            number = match (level, known) {
                (Level::Rest, _) => {
                    self.nodes[number as usize].rest = true;
                    return;
                }
                (_, Some(child)) => child,
                (_, None) => self.grow(number, level),
            };
        }
        self.nodes[number as usize].end = true;
    }

    /// Whether a client with these values, by slot, may use `topic` by any of the templates.
    #[must_use]
    pub fn matches(&self, topic: TopicName<'_>, values: &[impl AsRef<str>]) -> bool {
        self.admits(topic.as_str(), values)
    }

    /// Whether one of the templates lets a client with these values use every topic that `filter` matches.
    #[must_use]
    pub fn covers(&self, filter: TopicFilter<'_>, values: &[impl AsRef<str>]) -> bool {
        self.admits(filter.as_str(), values)
    }

    /// As [`TopicTemplate`] answers, for all of them: `levels_cover`, with every template that is still in the running
    /// under way at once.
    fn admits(&self, filter: &str, values: &[impl AsRef<str>]) -> bool {
        if filter.starts_with('$') {
            return false;
        }
        let mut open = Vec::new();
        let mut next = Some((ROOT, Some(filter)));
        while let Some((number, left)) = next.take().or_else(|| open.pop()) {
            let node = self.node(number);
            if node.rest || left.is_none() && node.end {
                return true;
            }
            let Some(left) = left else { continue };
            let (level, after) = match left.split_once('/') {
                Some((level, after)) => (level, Some(after)),
                None => (left, None),
            };
            match level {
                // `a/+/#` lacks the parent `a` that `a/#` has. But no name is empty, so these two have no parent.
                "#" if matches!(filter, "#" | "/#") && self.any_rest(node) => return true,
                "#" => {}
                "+" => next = node.any.map(|any| (any, after)),
                text => {
                    let composed = node.composed.iter();
                    let fits = composed.filter(|(pieces, _)| is_composed(pieces, text, values));
                    open.extend(fits.map(|(_, child)| (*child, after)));
                    open.extend(node.any.map(|any| (any, after)));
                    next = node.literal.get(text).map(|child| (*child, after));
                }
            }
        }
        false
    }

    /// Whether a template goes on with `+/#`.
    fn any_rest(&self, node: &Node) -> bool {
        node.any.is_some_and(|any| self.node(any).rest)
    }

    fn node(&self, number: u32) -> &Node {
        &self.nodes[number as usize]
    }

    /// Adds a child for `level`, which is not `#`.
    fn grow(&mut self, parent: u32, level: &Level) -> u32 {
        let child = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node::default());
        let node = &mut self.nodes[parent as usize];
        match level {
            Level::Any => node.any = Some(child),
            Level::Rest => node.rest = true,
            Level::Literal(literal) => {
                node.literal.insert(literal.clone(), child);
            }
            Level::Composed(pieces) => node.composed.push((pieces.clone(), child)),
        }
        child
    }
}

impl Node {
    fn child(&self, level: &Level) -> Option<u32> {
        match level {
            Level::Any => self.any,
            Level::Rest => None,
            Level::Literal(literal) => self.literal.get(literal).copied(),
            Level::Composed(pieces) => {
                let known = self.composed.iter().find(|(known, _)| known == pieces)?;
                Some(known.1)
            }
        }
    }
}
