//! axum-extra's jars of private and of signed cookies, used as its documentation shows: each value is a cookie.
use axum::{
    Json, Router,
    extract::FromRef,
    http::StatusCode,
    response::{IntoResponse, IntoResponseParts, Response},
    routing::get,
};
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar, SignedCookieJar};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    case::Case,
    contents::{Contents, append},
    stack::path,
};

const COUNTER: &str = "counter";
const CART: &str = "cart";

#[derive(Clone)]
struct Keys(Key);

impl FromRef<Keys> for Key {
    fn from_ref(keys: &Keys) -> Self {
        keys.0.clone()
    }
}

/// What both jars do.
trait Jar: Sized {
    fn read(&self, name: &str) -> Option<String>;
    fn write(self, cookie: Cookie<'static>) -> Self;

    fn value<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(&self.read(name)?).ok()
    }

    fn with(self, name: &'static str, value: &impl Serialize) -> Self {
        let text = serde_json::to_string(value).unwrap_or_default();
        self.write(Cookie::new(name, text))
    }
}

macro_rules! site {
    ($function:ident, $jar:ident) => {
        impl Jar for $jar {
            fn read(&self, name: &str) -> Option<String> {
                self.get(name).map(|cookie| cookie.value().to_owned())
            }

            fn write(self, cookie: Cookie<'static>) -> Self {
                self.add(cookie)
            }
        }

        pub(super) fn $function(case: Case) -> Router {
            let visit = match case {
                Case::Increment => get(async |jar: $jar| increment(jar)),
                Case::Append => get(async |jar: $jar| add_to_cart(jar)),
                _ => get(async |jar: $jar| read(&jar)),
            };
            let start = move |jar: $jar| async move { start(jar, case.start()) };
            Router::new()
                .route(path::START, get(start))
                .route(path::VISIT, visit)
                .route(path::CONTENTS, get(async |jar: $jar| contents(&jar)))
                .with_state(Keys(Key::generate()))
        }
    };
}

site!(private, PrivateCookieJar);
site!(signed, SignedCookieJar);

fn read(jar: &impl Jar) -> Result<&'static str, StatusCode> {
    let counter: Option<u32> = jar.value(COUNTER);
    counter.map(|_| "ok").ok_or(StatusCode::NOT_FOUND)
}

fn increment<J: Jar + IntoResponseParts>(jar: J) -> Response {
    let counter: u32 = jar.value(COUNTER).unwrap_or_default();
    (jar.with(COUNTER, &(counter + 1)), "ok").into_response()
}

fn add_to_cart<J: Jar + IntoResponseParts>(jar: J) -> Response {
    let mut cart = jar.value(CART).unwrap_or_default();
    append(&mut cart);
    (jar.with(CART, &cart), "ok").into_response()
}

fn start<J: Jar + IntoResponseParts>(mut jar: J, contents: Contents) -> Response {
    if let Some(counter) = contents.counter {
        jar = jar.with(COUNTER, &counter);
    }
    if let Some(cart) = contents.cart {
        jar = jar.with(CART, &cart);
    }
    (jar, "ok").into_response()
}

fn contents(jar: &impl Jar) -> Json<Contents> {
    Json(Contents {
        counter: jar.value(COUNTER),
        cart: jar.value(CART),
    })
}
