//! What a server says of itself when a client connects, and later when something changes.

use serde_json::Value;

/// The longest message that a server takes if it does not say.
const USUAL_LONGEST: usize = 1024 * 1024;

/// What a server says of itself.
#[derive(Clone, Debug)]
pub(super) struct ServerInfo {
    pub(super) version: String,
    pub(super) max_payload: usize,
    pub(super) has_headers: bool,
    pub(super) needs_tls: bool,
    /// It takes only clients that sign this, which this client cannot.
    pub(super) needs_signature: bool,
    /// It will end soon.
    pub(super) is_lame_duck: bool,
    /// `HOST:PORT` of the other servers of its cluster.
    pub(super) others: Vec<String>,
}

impl ServerInfo {
    pub(super) fn read(json: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(json).map_err(|error| format!("INFO is no JSON: {error}"))?;
        let is = |name: &str| value[name].as_bool().unwrap_or(false);
        let others = value["connect_urls"].as_array().into_iter().flatten();
        Ok(ServerInfo {
            version: value["version"].as_str().unwrap_or("(unknown)").to_owned(),
            max_payload: value["max_payload"].as_u64().map_or(USUAL_LONGEST, |most| most as usize),
            has_headers: is("headers"),
            needs_tls: is("tls_required"),
            needs_signature: value["nonce"].is_string() && is("auth_required"),
            is_lame_duck: is("ldm"),
            others: others.filter_map(|url| url.as_str().map(str::to_owned)).take(MOST_OTHERS).collect(),
        })
    }
}

/// How many servers of a cluster are remembered.
const MOST_OTHERS: usize = 64;
