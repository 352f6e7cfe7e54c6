//! Who may open a draft: the browser that began it, the user who took it over, whoever comes by its link.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::wizard::RunId;

/// The digest of a link by which another device finds a run, and how long it is good for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::web::wizard) struct Link {
    digest: String,
    until: u64,
}

impl Link {
    /// Draws a link to a run. Returns what is kept of it, and what stands in it.
    pub(in crate::web::wizard) fn draw(run: RunId, until: Timestamp) -> (Self, String) {
        let secret = draw();
        let link = Self {
            digest: digest(&secret),
            until: until.as_secs(),
        };
        (link, format!("{run}.{secret}"))
    }

    pub(super) fn opens(&self, secret: &str, now: Timestamp) -> bool {
        self.digest == digest(secret) && now.as_secs() < self.until
    }
}

/// Who may open a draft.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Access {
    /// The digests of the cookies of devices.
    #[serde(default)]
    pub(super) owners: Vec<String>,
    /// The user who was signed in when something was last sent.
    #[serde(default)]
    pub(super) user: Option<String>,
    #[serde(default)]
    pub(super) link: Option<Link>,
}

/// Who asks.
pub(super) struct Holder {
    pub(super) owner: Option<String>,
    pub(super) user: Option<String>,
}

impl Holder {
    /// Says whether nothing tells who it is.
    pub(super) fn is_unknown(&self) -> bool {
        self.owner.is_none() && self.user.is_none()
    }
}

impl Access {
    pub(super) fn admits(&self, holder: &Holder) -> bool {
        let is_owner = holder
            .owner
            .as_ref()
            .is_some_and(|owner| self.owners.contains(owner));
        is_owner || (self.user.is_some() && self.user == holder.user)
    }

    /// Notes who sent something. A draft that a signed-in user sends to is theirs from then on: who signs in on the
    /// same device after them does not find it.
    pub(super) fn take_over(&mut self, holder: &Holder) {
        if holder.user.is_some() && self.user != holder.user {
            self.user.clone_from(&holder.user);
            self.owners.clear();
        } else if self.user.is_none()
            && let Some(owner) = &holder.owner
            && !self.owners.contains(owner)
        {
            self.owners.push(owner.clone());
        }
    }

    /// The name by which the store finds all drafts of one visitor.
    pub(super) fn label(&self) -> Option<String> {
        match &self.user {
            Some(user) => Some(of_user(user)),
            None => self.owners.first().map(|owner| of_guest(owner)),
        }
    }
}

pub(super) fn of_user(user: &str) -> String {
    format!("user:{user}")
}

pub(super) fn of_guest(owner: &str) -> String {
    format!("guest:{owner}")
}

/// The characters of a secret of 256 bits.
pub(super) const SECRET: usize = 43;

pub(super) fn draw() -> String {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(secret)
}

pub(super) fn digest(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret))
}
