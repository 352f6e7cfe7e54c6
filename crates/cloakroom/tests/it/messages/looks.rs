//! What a message looks like: its level, its tags and its text.
use axum::Router;
use axum::routing::get;
use cloakroom::messages::{Settings, TrustedHtml};
use cloakroom::{Level, Messages};

use super::{STORAGES, pages};
use crate::site::Site;

/// A page that says one thing of every level and shows them with their tags.
fn levels() -> Router {
    let say = |messages: Messages| async move {
        messages.debug("a");
        messages.info("b");
        messages.success("c");
        messages.warning("d");
        messages.error("e");
        messages.add(Level::new(33), "f").tags("toast  big");
        messages.add(Level::new(5), "g");
        messages.add(Level::SUCCESS, "h").tags("toast");
        messages.info("");
    };
    let show = |messages: Messages| async move {
        let lines: Vec<_> = messages
            .iter()
            .map(|m| format!("{m}|{}|{}|{}", m.level().number(), m.level_tag(), m.tags()))
            .collect();
        lines.join("\n")
    };
    Router::new()
        .route("/say", get(say))
        .route("/show", get(show))
}

#[tokio::test]
async fn levels_and_tags_are_those_that_were_given() {
    for storage in STORAGES {
        let site = Site::with(levels(), |settings| settings.messages(storage));
        site.browser.get("/say").await;
        let page = site.browser.get("/show").await;
        let lines: Vec<_> = page.text.lines().collect();
        assert_eq!(
            lines,
            [
                "b|20|info|info",
                "c|25|success|success",
                "d|30|warning|warning",
                "e|40|error|error",
                "f|33||toast  big",
                "h|25|success|toast success",
            ],
            "{storage:?}"
        );
    }
}

#[tokio::test]
async fn a_site_has_its_own_minimum_and_its_own_tags() {
    let settings = Settings::default()
        .minimum(Level::new(5))
        .tag(Level::ERROR, "danger")
        .tag(Level::new(33), "odd");
    let site = Site::with(levels(), |builder| builder.messages(settings));
    site.browser.get("/say").await;
    let page = site.browser.get("/show").await;
    let tags: Vec<_> = page
        .text
        .lines()
        .map(|line| line.rsplit('|').next().unwrap())
        .collect();
    let expected = [
        "debug",
        "info",
        "success",
        "warning",
        "danger",
        "toast  big odd",
        "",
        "toast success",
    ];
    assert_eq!(tags, expected);
}

#[tokio::test]
async fn one_request_can_have_a_minimum_of_its_own() {
    let say = |messages: Messages| async move {
        messages.set_minimum(Some(Level::ERROR));
        messages.info("a");
        messages.error("b");
        messages.set_minimum(Some(Level::DEBUG));
        messages.debug("c");
        messages.set_minimum(None);
        messages.debug("d");
        messages.info("e");
    };
    let site = Site::of(pages().route("/minimum", get(say)));
    site.browser.get("/minimum").await;
    assert_eq!(site.browser.get("/show").await.text, "b,c,e");
}

#[tokio::test]
async fn text_is_escaped_and_trusted_html_is_not_wherever_it_waited() {
    let say = |messages: Messages| async move {
        messages.info("<b>\"Tom's\" & co</b>");
        messages.info(TrustedHtml("<b>bold</b>".into()));
    };
    for storage in STORAGES {
        let site = Site::with(pages().route("/html", get(say)), |s| s.messages(storage));
        site.browser.get("/html").await;
        assert_eq!(
            site.browser.get("/show").await.text,
            "&lt;b&gt;&quot;Tom&#39;s&quot; &amp; co&lt;/b&gt;,<b>bold</b>",
            "{storage:?}"
        );
    }
}

#[tokio::test]
async fn texts_of_any_kind_come_through() {
    let texts = [
        "\u{0}\r\n\t;=,\"\\",
        "ключ 🧥",
        " ",
        "Set-Cookie: a=b\r\n\r\n",
    ];
    let say = move |messages: Messages| async move {
        for text in texts {
            messages.info(text);
        }
    };
    let check = move |messages: Messages| async move {
        let all: Vec<_> = messages
            .take()
            .iter()
            .map(|m| m.text().as_str().to_owned())
            .collect();
        (all == texts).to_string()
    };
    for storage in STORAGES {
        let pages = Router::new()
            .route("/say", get(say))
            .route("/check", get(check));
        let site = Site::with(pages, |settings| settings.messages(storage));
        site.browser.get("/say").await;
        assert_eq!(site.browser.get("/check").await.text, "true", "{storage:?}");
    }
}

#[tokio::test]
async fn debug_shows_how_many_wait_and_not_what() {
    let debug = |messages: Messages| async move {
        messages.info("secret");
        format!("{messages:?}")
    };
    let site = Site::of(pages().route("/debug", get(debug)));
    assert_eq!(site.browser.get("/debug").await.text, "Messages(1 waiting)");
}

/// What a visitor sent, to be said again.
#[derive(serde::Serialize)]
struct Post {
    title: &'static str,
    stars: u8,
}

#[tokio::test]
async fn a_form_is_named_in_the_message_about_it_and_what_was_typed_is_escaped() {
    for (title, expected) in [
        ("Hello", "Hello post saved with 5 stars.|success"),
        (
            "<b>{stars}</b>",
            "&lt;b&gt;{stars}&lt;/b&gt; post saved with 5 stars.|success",
        ),
    ] {
        let say = move |messages: Messages| async move {
            let post = Post { title, stars: 5 };
            let said = messages.success_with("{title} post saved with {stars} stars.", &post);
            said.map(|_| ())
        };
        let show = |messages: Messages| async move {
            let lines: Vec<_> = messages
                .iter()
                .map(|m| format!("{m}|{}", m.tags()))
                .collect();
            lines.join("\n")
        };
        let routes = Router::new()
            .route("/say", get(say))
            .route("/show", get(show));
        for storage in STORAGES {
            let site = Site::with(routes.clone(), |settings| settings.messages(storage));
            site.browser.get("/say").await;
            let page = site.browser.get("/show").await;
            assert_eq!(page.text, expected, "{storage:?}");
        }
    }
}

#[tokio::test]
async fn a_place_without_a_field_is_a_mistake_that_is_named_and_nothing_is_said() {
    let say = |messages: Messages| async move {
        let post = Post {
            title: "Hello",
            stars: 5,
        };
        let said = messages.add_with(Level::INFO, "{titel} saved", &post);
        format!("{} {}", said.unwrap_err(), messages.len())
    };
    let site = Site::of(Router::new().route("/say", get(say)));
    assert_eq!(
        site.browser.get("/say").await.text,
        "the message's text has the place `{titel}`, but the form has no field of that name 0"
    );
}
