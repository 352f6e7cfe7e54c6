//! `/feedback`: what visitors think of the shop. Its drafts are in the visitor's own cookie, sealed.

use std::sync::Arc;

use cloakroom::form::{Choice, Form};
use cloakroom::wizard::{Broken, Done, Ending, Finish, Finished, Wizard};
use serde::{Deserialize, Serialize};

use crate::shop::Shop;
use crate::texts::Texts;
use crate::view::language_of;

#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stars {
    #[choice(value = "1")]
    One = 1,
    #[choice(value = "2")]
    Two,
    #[choice(value = "3")]
    Three,
    #[choice(value = "4")]
    Four,
    #[choice(value = "5")]
    Five,
}

#[derive(Form, Debug)]
pub(crate) struct Rating {
    stars: Stars,
}

#[derive(Form, Debug)]
pub(crate) struct Comments {
    #[field(widget = textarea, max_length = 2000, rows = 7)]
    text: String,
}

#[derive(Wizard, Debug)]
#[wizard(name = "feedback")]
pub(crate) struct Feedback {
    rating: Rating,
    comments: Comments,
}

/// What somebody thinks of the shop.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Opinion {
    stars: u8,
    text: String,
}

impl Finish<Arc<Shop>> for Feedback {
    async fn done(self, visit: Done<Arc<Shop>>) -> Ending {
        let texts = Texts::of(language_of(&visit.session)?);
        let opinion = Opinion {
            stars: self.rating.stars as u8,
            text: self.comments.text,
        };
        let Ok(number) = visit
            .state
            .archive
            .opinions
            .enter(visit.run.as_str(), opinion)
        else {
            return Err(Broken::try_again(texts.not_handed_in));
        };
        let thanks = texts.thanked.replace("{number}", &number.to_string());
        Ok(Finished::confirmation(thanks))
    }
}
