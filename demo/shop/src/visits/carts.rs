//! What a visitor puts into the cart and takes out of it.

use axum::http::StatusCode;
use serde_json::json;

use super::{browser, cart, post_json};

#[tokio::test]
async fn what_is_added_is_in_the_cart_and_is_said_once() {
    let browser = browser().await;
    let answer = browser.post("/cart/add/1", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = browser.visit("/cart").await;
    assert!(page.text.contains("Added Wool scarf to your cart."));
    assert!(page.text.contains("€49.00"));
    let again = browser.visit("/cart").await;
    assert!(!again.text.contains("Added Wool scarf"));
    assert_eq!(cart(&browser).await, json!({"items": {"1": 1}, "count": 1}));
}

#[tokio::test]
async fn the_hundredth_piece_is_refused_with_a_warning() {
    let browser = browser().await;
    browser.post("/cart/add/1", &[("quantity", "99")]).await;
    browser.visit("/cart").await;
    browser.post("/cart/add/1", &[]).await;
    let page = browser.visit("/cart").await;
    assert!(page.text.contains("We sell at most 99"));
    assert!(page.text.contains(r#"role="alert""#));
    assert_eq!(cart(&browser).await["count"], 99);
}

#[tokio::test]
async fn a_quantity_that_is_none_gets_the_form_back() {
    let browser = browser().await;
    for quantity in ["0", "100", "-1", "many", ""] {
        let page = browser.post("/cart/add/1", &[("quantity", quantity)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{quantity}");
        assert!(page.text.contains("<title>Error: Wool scarf"));
        assert!(
            page.text
                .contains(r##"<a href="#quantity">Enter a quantity"##)
        );
    }
    assert_eq!(cart(&browser).await["count"], 0);
}

#[tokio::test]
async fn what_is_removed_is_gone_and_an_emptied_cart_is_empty() {
    let browser = browser().await;
    for path in [
        "/cart/add/1",
        "/cart/add/2",
        "/cart/add/3",
        "/cart/remove/2",
    ] {
        browser.post(path, &[]).await;
    }
    assert_eq!(cart(&browser).await["items"], json!({"1": 1, "3": 1}));
    browser.post("/cart/clear", &[]).await;
    let page = browser.visit("/cart").await;
    assert!(page.text.contains("Your cart is empty again."));
    assert_eq!(cart(&browser).await["count"], 0);
}

#[tokio::test]
async fn scripts_get_the_cart_as_json_and_their_mistakes_too() {
    let browser = browser().await;
    let page = post_json(&browser, r#"{"product":1,"quantity":2}"#).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(cart(&browser).await, json!({"items": {"1": 2}, "count": 2}));
    let cases = [
        ("{", StatusCode::BAD_REQUEST),
        (r#"{"product":1}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (
            r#"{"product":0,"quantity":1}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            r#"{"product":1,"quantity":0}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            r#"{"product":1,"quantity":100}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            r#"{"product":"1","quantity":-1}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ];
    for (body, status) in cases {
        let page = post_json(&browser, body).await;
        assert_eq!(page.status, status, "{body}");
        let answer: serde_json::Value = serde_json::from_str(&page.text).unwrap();
        assert!(answer["error"].is_string(), "{body}");
    }
    assert_eq!(cart(&browser).await["count"], 2);
}

#[tokio::test]
async fn the_address_of_a_button_is_no_page() {
    let browser = browser().await;
    let page = browser.get("/cart/add/1").await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(page.headers["allow"], "POST");
    assert!(page.text.contains("There is nothing on this hanger"));
}
