//! Whom the host lets in, and on what terms.

use crate::permission::Grants;
use crate::session::NEVER;

/// What the host says of a client whose CONNECT or re-authentication it accepts.
#[derive(Clone, Debug)]
pub struct Admission {
    /// What the client may do.
    pub grants: Grants,
    /// Whose its sessions are: nobody else may take them over, or use their client identifiers. Compared byte for
    /// byte; all anonymous clients are the owner without a name.
    pub owner: Box<str>,
    /// The host's own words for who the client is. They are kept with the session and come back after a restart.
    pub principal: Box<str>,
    /// Sessions that the owner may have, those without a connection included; 0 for no limit.
    pub sessions_max: u32,
    /// Seconds that a session may outlive its connection.
    pub expiry_seconds_max: u32,
}

impl Default for Admission {
    /// An anonymous client that may do everything.
    fn default() -> Self {
        Self {
            grants: Grants::default(),
            owner: Box::default(),
            principal: Box::default(),
            sessions_max: 0,
            expiry_seconds_max: NEVER,
        }
    }
}
