//! The guide's pages, so that every block of Rust in them is compiled, and run where it can be.
//!
//! A package of its own: the library's must hold all that its tests need, and a page is outside of it.
macro_rules! pages {
    ($($name:ident $page:literal)*) => {$(
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../../../docs/", $page, ".md"))]
        pub struct $name;
    )*};
}

pages! {
    Readme "../README"
    Tour "tour"
    Sessions "sessions"
    Messages "messages"
    Cookies "cookies"
    SigningIn "login"
    ForgedRequests "csrf"
    Headers "headers"
    Forms "forms"
    Wizards "wizards"
    Uploads "uploads"
    Stores "stores"
    Deploying "deploying"
    Keys "keys"
    Errors "errors"
    Watching "watching"
    DeployCheck "deploy-check"
    Testing "testing"
    WritingAStore "writing-a-store"
    FromDjango "django"
    BesideDjango "django-dialect"
    FromTowerSessions "from-tower-sessions"
    FromActixSession "from-actix-session"
}
