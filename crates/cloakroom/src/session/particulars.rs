//! What a session remembers of its login, for its user and for operators: when, how, on which device, from where.
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::keys::KeyRing;
use crate::session::codec::{Reader, put, put_number};
use crate::session::{Client, Undecodable};

/// A visit is noted by a save at most this often.
pub(super) const COARSE: Duration = Duration::from_secs(60);
/// A longer text is cut: a label is for people.
const LONGEST: usize = 64;

/// What is remembered of the login of a signed-in session. Guests have none.
///
/// It is for the user's own list of sessions and for operators. The address is kept as a digest under the site's key,
/// which tells addresses apart and can't be turned back without it, and as the network around it, for people:
/// 24 bits of an IPv4 address, 48 of an IPv6 one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Particulars {
    seen: Timestamp,
    method: Bytes,
    device: Bytes,
    network: Bytes,
    address: Bytes,
}

impl Particulars {
    /// Notes a login at `now`, by this method, from this client.
    pub(crate) fn of(
        now: Timestamp,
        method: Option<&str>,
        client: Option<&Client>,
        keys: &KeyRing,
    ) -> Self {
        let address = client.and_then(Client::address);
        Self {
            seen: now,
            method: text(method),
            device: text(client.and_then(Client::device)),
            network: text(address.map(network).as_deref()),
            address: address.map_or_else(Bytes::new, |it| keys.address_id(it).to_vec().into()),
        }
    }

    /// Makes particulars of a session that was last used then; for whoever copies sessions.
    #[must_use]
    pub fn new(seen: Timestamp) -> Self {
        Self {
            seen,
            ..Self::default()
        }
    }

    /// Adds how the user signed in.
    #[must_use]
    pub fn with_method(self, method: &str) -> Self {
        let method = text(Some(method));
        Self { method, ..self }
    }

    /// Adds a label of the user's browser and system.
    #[must_use]
    pub fn with_device(self, device: &str) -> Self {
        let device = text(Some(device));
        Self { device, ..self }
    }

    /// Returns when the session was last used: to the minute for requests that changed something, for others as
    /// coarse as [`Policy::note_visits`](crate::session::Policy::note_visits) says.
    #[must_use]
    pub fn seen(&self) -> Timestamp {
        self.seen
    }

    /// Returns how the user signed in, as [`Login::method`](crate::session::Login::method) said.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        shown(&self.method)
    }

    /// Returns a label of browser and system, such as `Firefox on Linux`.
    #[must_use]
    pub fn device(&self) -> Option<&str> {
        shown(&self.device)
    }

    /// Returns the network that the user signed in from, such as `203.0.113.0/24`.
    #[must_use]
    pub fn network(&self) -> Option<&str> {
        shown(&self.network)
    }

    /// Returns the keyed digest of the address, as 16 hexadecimal digits.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        let digits = self.address.iter().map(|byte| format!("{byte:02x}"));
        (!self.address.is_empty()).then(|| digits.collect())
    }

    /// Notes another visit.
    pub(crate) fn seen_at(self, now: Timestamp) -> Self {
        Self { seen: now, ..self }
    }

    /// Drops device, network and address.
    #[must_use]
    pub(crate) fn without_client(self) -> Self {
        Self {
            seen: self.seen,
            method: self.method,
            ..Self::default()
        }
    }

    /// Says whether device, network or address is kept.
    pub(crate) fn has_client(&self) -> bool {
        !(self.device.is_empty() && self.network.is_empty() && self.address.is_empty())
    }

    pub(super) fn to_bytes(&self) -> Bytes {
        let mut out = Vec::with_capacity(96);
        put_number(&mut out, self.seen.as_secs());
        for part in [&self.method, &self.device, &self.network, &self.address] {
            put(&mut out, part);
        }
        out.into()
    }

    pub(super) fn from_bytes(bytes: Bytes) -> Result<Self, Undecodable> {
        let mut reader = Reader::of(&bytes);
        Ok(Self {
            seen: reader.time()?,
            method: reader.take()?,
            device: reader.take()?,
            network: reader.take()?,
            address: reader.take()?,
        })
    }
}

impl fmt::Debug for Particulars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Particulars(..)")
    }
}

/// Returns a text as it is kept: short, and without control characters.
fn text(text: Option<&str>) -> Bytes {
    let visible = text.unwrap_or_default().chars().filter(|c| !c.is_control());
    let mut kept: String = visible.take(LONGEST).collect();
    while kept.len() > LONGEST {
        kept.pop();
    }
    kept.into()
}

fn shown(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|it| !it.is_empty())
}

/// Returns the network around an address.
pub(super) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            let prefix = std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0);
            format!("{prefix}/48")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_by_its_network_only() {
        let rows = [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ];
        for (address, expected) in rows {
            assert_eq!(network(address.parse().unwrap()), expected);
        }
    }

    #[test]
    fn what_was_noted_reads_the_same_and_what_is_too_long_is_cut() {
        let keys = KeyRing::new("a secret of the tests, long enough").unwrap();
        let client = Client::new(Some("Firefox on Linux".into()), "192.0.2.1".parse().ok());
        let now = Timestamp::from_secs(77);
        let long = "ж".repeat(LONGEST) + "\u{7}";
        let noted = Particulars::of(now, Some(&long), Some(&client), &keys);
        assert_eq!(Particulars::from_bytes(noted.to_bytes()), Ok(noted.clone()));
        assert_eq!(noted.method().unwrap().len(), LONGEST);
        assert_eq!(noted.device(), Some("Firefox on Linux"));
        assert_eq!(noted.address().unwrap().len(), 16);
        let bare = noted.without_client();
        assert_eq!(
            (bare.device(), bare.network(), bare.address()),
            (None, None, None)
        );
    }
}
