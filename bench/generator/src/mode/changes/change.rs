//! The changes that are made, one after the other, to the resources of `bench/access.ts`.

use serde_json::json;

use super::management::Request;
use super::members::{MEMBERS_TOPICS, Shape};

/// A change of one resource, and what must come of it.
#[derive(Clone, Debug)]
pub struct Change {
    /// What asks for it.
    pub request: Request,
    /// A topic filter that the probe may subscribe to from then on, and not before; none if the change only takes.
    pub grants: Option<&'static str>,
    /// How many members lose a subscription and with it their connection.
    pub disconnects: usize,
}

/// A binding that lets all members do more. Nobody loses anything, but what each may do has to be looked up again.
pub fn added_binding() -> Change {
    let properties = json!({
        "clientGroupName": "members",
        "topicSpaceName": "news",
        "permission": "Subscriber",
    });
    Change {
        request: put("/v1/permissionBindings/members-news", &properties),
        grants: Some("news/probe"),
        disconnects: 0,
    }
}

/// A binding that comes and goes before anybody is connected: the first request of all loads the code that serves it.
pub fn trial() -> [Request; 2] {
    let properties = json!({
        "clientGroupName": "few",
        "topicSpaceName": "news",
        "permission": "Publisher",
    });
    let path = "/v1/permissionBindings/trial";
    [put(path, &properties), delete(path)]
}

/// A template with a variable that no template had: every member needs a value more. Nobody loses anything.
pub fn added_variable() -> Change {
    let properties = json!({ "topicTemplates": [
        format!("{MEMBERS_TOPICS}/${{client.authenticationName}}/#"),
        "parts/${client.attributes.part}/#",
    ] });
    Change {
        request: put("/v1/topicSpaces/members", &properties),
        grants: Some("parts/many/probe"),
        disconnects: 0,
    }
}

/// A binding goes on which a subscription of a few members rests.
pub fn removed_binding_of_few(shape: Shape) -> Change {
    Change {
        request: delete("/v1/permissionBindings/few"),
        grants: None,
        disconnects: shape.few(),
    }
}

/// A binding goes on which a subscription of each member that is left rests.
pub fn removed_binding_of_all(shape: Shape) -> Change {
    Change {
        request: delete("/v1/permissionBindings/members"),
        grants: None,
        disconnects: shape.members() - shape.few(),
    }
}

fn put(path: &'static str, properties: &serde_json::Value) -> Request {
    Request {
        method: "PUT",
        path,
        body: json!({ "properties": properties }).to_string(),
    }
}

fn delete(path: &'static str) -> Request {
    Request {
        method: "DELETE",
        path,
        body: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_loses_its_connection_once() {
        let shape = Shape {
            users: 3,
            sessions: 10,
        };
        let lost = [removed_binding_of_few(shape), removed_binding_of_all(shape)];
        assert_eq!(lost.map(|change| change.disconnects), [10, 20]);
    }

    #[test]
    fn a_template_keeps_its_variable_as_it_is_written() {
        let body = added_variable().request.body;
        assert!(
            body.contains("members/${client.authenticationName}/#"),
            "{body}"
        );
    }
}
