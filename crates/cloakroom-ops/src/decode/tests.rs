//! What `decode` tells, and what it never repeats.
use super::*;
use cloakroom::wizard::RunId;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn parts_of(explained: &Explained) -> Vec<&str> {
    let clauses = explained.clauses.iter();
    clauses.map(|clause| clause.part.as_str()).collect()
}

#[test]
fn each_clause_of_a_set_cookie_line_is_explained_and_the_token_is_not_repeated() {
    let token = format!("{}A", KeyRing::generate_secret());
    let line = format!(
        "Set-Cookie: __Host-sessionid={token}; Secure; HttpOnly; Path=/; SameSite=Lax; Max-Age=60; Fancy"
    );
    let explained = explain(&line, None, NOW);
    let expected = [
        "__Host-sessionid",
        "value",
        "Secure",
        "HttpOnly",
        "Path=/",
        "SameSite=Lax",
        "Max-Age=60",
        "attribute",
    ];
    assert_eq!(parts_of(&explained), expected);
    assert_eq!(explained.handle.as_ref().map(String::len), Some(64));
    assert!(!format!("{explained:?}").contains(&token));
    assert_eq!(explain(&token, None, NOW).handle, explained.handle);
}

#[test]
fn every_cookie_of_a_line_is_explained_and_no_value_is_repeated() {
    let token = format!("{}A", KeyRing::generate_secret());
    for line in [
        format!("Cookie: csrftoken=hush; sessionid={token}; theme=hush"),
        format!("csrftoken=hush; sessionid={token}; theme=hush"),
        format!("cookie: a=hush; {token}; Path=hush"),
    ] {
        let explained = explain(&line, None, NOW);
        let told = format!("{explained:?}");
        assert!(!told.contains(&token) && !told.contains("hush"), "{told}");
        assert!(explained.handle.is_some(), "{told}");
    }
}

#[test]
fn no_token_is_repeated_wherever_it_stands_in_what_was_pasted() {
    let token = format!("{}A", KeyRing::generate_secret());
    let keys = KeyRing::new(KeyRing::generate_secret()).unwrap();
    let ends = [
        "SameSite=Lax",
        "Path=/",
        "Max-Age=60",
        "Domain=example.com",
        "Expires=Fri, 01 Jan 2027 00:00:00 GMT",
        "Secure",
    ];
    let both = ends.iter().map(|end| {
        format!("HTTP/1.1 200 OK\r\nSet-Cookie: csrftoken=hush; {end}\r\nSet-Cookie: sessionid={token}; Path=/\r\n")
    });
    for paste in both {
        let explained = explain(&paste, None, NOW);
        let named = parts_of(&explained);
        assert!(
            named.contains(&"csrftoken") && named.contains(&"sessionid"),
            "{named:?}"
        );
        assert!(explained.handle.is_some(), "{named:?}");
    }
    let attributes = [
        "SameSite", "Path", "Max-Age", "Domain", "Expires", "Secure", "Fancy",
    ];
    let wrong = attributes
        .iter()
        .map(|name| format!("Set-Cookie: a=b; {name}={token}; Path=/hush hush/{token}"));
    let lines = ends
        .iter()
        .map(|end| format!("csrftoken=hush; {end}\nsessionid={token}"));
    let odd = [
        format!("{token}="),
        format!("{token}=="),
        format!("x.{token}=1"),
        format!("{{\"sessionid\":\"{token}\"}}=1"),
        format!("curl -H 'Cookie: sessionid={token}' -H 'X: {token}'"),
        format!("< set-cookie: sessionid={token}; hush"),
        format!("Set-Cookie: a=b; SameSite=Lax Set-Cookie: sessionid={token}"),
        format!("Set-Cookie: wizard-owner={token}"),
        format!("Set-Cookie: wizards-link-{token}=1"),
        format!("Set-Cookie: wizard-{token}-{token}=1.{token}; a=b; {token}"),
    ];
    for paste in wrong.chain(lines).chain(odd) {
        for keys in [None, Some(&keys)] {
            let told = serde_json::to_string(&explain(&paste, keys, NOW)).unwrap();
            assert!(!told.contains(&token) && !told.contains("hush"), "{told}");
        }
    }
}

#[test]
fn a_wizards_cookies_are_told_by_their_purpose_and_not_their_content() {
    let keys = KeyRing::new(KeyRing::generate_secret()).unwrap();
    let until = Timestamp::from_secs(NOW.as_secs() + 60);
    let name = "wizard-feedback-aBcDeFg1";
    let mut draft = Draft::new("feedback", 1, RunId::generate(), NOW);
    let seal = |name: &str, content: &[u8]| keys.seal(Purpose::Wizard, name, content, NOW, until);
    let open = seal(name, &serde_json::to_vec(&draft).unwrap());
    draft.set_state(State::Finished {
        to: "/hush".into(),
        said: Some("hush".into()),
    });
    let ended = seal(name, &serde_json::to_vec(&draft).unwrap());
    let long = seal(name, &[b'x'; 4_000]);
    let (first, rest) = long.split_at(MAX_BYTES - name.len() - 2);
    let link = seal("wizards-link-aBcDeFg1", b"hush");
    let rows = [
        (format!("{name}=1.{open}"), "is a draft of a wizard"),
        (
            format!("{name}=1.{ended}"),
            "is how a run of a wizard ended",
        ),
        (
            format!("Cookie: {name}-1={rest}; {name}=2.{first}"),
            "is a draft of a wizard, 4000 bytes",
        ),
        (format!("{name}=2.{first}"), "is the first of 2 parts"),
        (format!("{name}-1={rest}"), "is sealed together with"),
        (
            format!("wizards-link-aBcDeFg1={link}"),
            "is a link to a draft",
        ),
        ("wizard-owner=hush".into(), "is 256 random bits"),
        (format!("{name}="), "is empty"),
        (format!("{name}=1.hush"), "would not be taken"),
    ];
    for (pasted, expected) in rows {
        let explained = explain(&pasted, Some(&keys), NOW);
        let told = format!("{explained:?}");
        assert!(parts_of(&explained).contains(&"purpose"), "{told}");
        let values = explained.clauses.iter().filter(|it| it.part == "value");
        let means: Vec<_> = values.map(|it| &it.means[..]).collect();
        assert!(
            means.iter().any(|means| means.starts_with(expected)),
            "{pasted}: {told}"
        );
        assert!(!told.contains("hush"), "{told}");
    }
}

#[test]
fn what_a_key_sealed_is_told_by_its_purpose_and_what_none_did_by_the_reason() {
    let (secret, other) = (KeyRing::generate_secret(), KeyRing::generate_secret());
    let keys = KeyRing::new(&secret).unwrap();
    let ring = KeyRing::new(&other).unwrap().retire(&secret).unwrap();
    let until = Timestamp::from_secs(NOW.as_secs() + 60);
    let later = Timestamp::from_secs(NOW.as_secs() + 3_600);
    let sealed = keys.seal(Purpose::Messages, "messages", b"hush", NOW, until);
    let signed = keys.sign(Purpose::SignedCookie, "flag", "hush", NOW, until);
    let rows = [
        (
            format!("messages={sealed}"),
            NOW,
            "is flash messages, 4 bytes",
        ),
        (
            format!("flag={signed}"),
            NOW,
            "is a signed cookie of the application's, 4 bytes",
        ),
        (
            format!("other={sealed}"),
            NOW,
            "would not be taken: it was changed",
        ),
        (
            format!("messages={sealed}"),
            later,
            "would not be taken: its deadline",
        ),
        ("messages=".into(), NOW, "is empty"),
        ("visited=3".into(), NOW, "would not be taken: it is neither"),
    ];
    for (pasted, now, expected) in rows {
        let explained = explain(&pasted, Some(&ring), now);
        let value = explained
            .clauses
            .iter()
            .find(|it| it.part == "value")
            .unwrap();
        assert!(value.means.starts_with(expected), "{}", value.means);
        assert!(!format!("{explained:?}").contains("hush"));
    }
    let stranger = KeyRing::new(&other).unwrap();
    let explained = explain(&sealed, Some(&stranger), NOW);
    assert!(explained.clauses[0].means.contains("no key of this site"));
}
