//! Where the field is found in a form, and where it is not.
use super::*;

fn part(headers: &str, content: &str) -> String {
    format!("--edge\r\n{headers}\r\n\r\n{content}\r\n")
}

fn field(name: &str, content: &str) -> String {
    part(
        &format!("Content-Disposition: form-data; name=\"{name}\""),
        content,
    )
}

/// Feeds a form in pieces of this size, and returns what is known at the end.
fn found(form: &[u8], size: usize) -> Found {
    let mut scan = Scan::new(b"edge", "proof");
    for piece in form.chunks(size) {
        match scan.feed(piece) {
            Found::Nothing => {}
            found => return found,
        }
    }
    Found::Nothing
}

fn token(text: &str) -> Found {
    Found::Field(text.as_bytes().to_vec())
}

#[test]
fn the_field_is_found_in_forms_of_every_look() {
    let proof = field("proof", "abc");
    let rows: Vec<(String, Found)> = vec![
        (format!("{proof}--edge--\r\n"), token("abc")),
        (format!("{proof}--edge"), token("abc")),
        (format!("\r\n{proof}--edge--"), token("abc")),
        (
            format!("a preamble\r\nof lines\r\n{proof}--edge--"),
            token("abc"),
        ),
        (
            format!("{}{proof}--edge--", field("name", "Ada")),
            token("abc"),
        ),
        (
            format!("{}{proof}--edge--", field("name", "")),
            token("abc"),
        ),
        (
            format!("{}{proof}--edge--", field("name", "--edg\r\n-edge")),
            token("abc"),
        ),
        (
            format!("--edge \t\r\n{}--edge", &proof["--edge\r\n".len()..]),
            token("abc"),
        ),
        (
            format!("--edge\r\n\r\nno headers\r\n{proof}--edge"),
            token("abc"),
        ),
        (format!("{}--edge", field("proof", "")), token("")),
        (
            format!("{}--edge", field("proof", "a\r\n\r\nb")),
            token("a\r\n\r\nb"),
        ),
        (
            format!("{}{proof}--edge", field("proof", "first")),
            token("first"),
        ),
        (format!("{proof}--ed"), Found::Nothing),
        (String::new(), Found::Nothing),
        ("no form at all".into(), Found::Nothing),
        ("--edge--\r\n".into(), Found::End),
        (format!("--edge--\r\n{proof}--edge"), Found::End),
        (format!("{}--edge--\r\n", field("name", "Ada")), Found::End),
        (format!("--edgeX\r\n{proof}"), Found::End),
    ];
    for (form, expected) in rows {
        for size in [1, 2, 3, 7, 1_000] {
            assert_eq!(found(form.as_bytes(), size), expected, "{size}: {form:?}");
        }
    }
}

#[test]
fn a_part_is_the_field_only_if_its_headers_say_so() {
    let named = "form-data; name=\"proof\"";
    for (headers, is_it) in [
        (format!("Content-Disposition: {named}"), true),
        (format!("content-disposition:{named}"), true),
        (format!("CONTENT-DISPOSITION :  {named} "), true),
        (
            format!("Content-Type: text/plain\r\nContent-Disposition: {named}"),
            true,
        ),
        (
            format!("X-Odd\r\n: empty\r\nContent-Disposition: {named}\r\nX: y"),
            true,
        ),
        ("Content-Disposition: form-data; name=proof".into(), true),
        (
            "Content-Disposition: FORM-DATA; NAME=\"proof\"; x=y".into(),
            true,
        ),
        (
            "Content-Disposition: form-data; x=\"a;name=\"; name=\"proof\"".into(),
            true,
        ),
        (
            "Content-Disposition: form-data;\r\n name=\"proof\"".into(),
            true,
        ),
        ("Content-Disposition: form-data; name=\"proof".into(), true),
        (
            format!("Content-Disposition: {named}; filename=\"a\""),
            false,
        ),
        (
            format!("Content-Disposition: {named}; filename*=utf-8''a"),
            false,
        ),
        (
            "Content-Disposition: form-data; name=\"Proof\"".into(),
            false,
        ),
        (
            "Content-Disposition: form-data; name=\"proof \"".into(),
            false,
        ),
        (
            "Content-Disposition: form-data; name=\"pro\\\"of\"".into(),
            false,
        ),
        (
            "Content-Disposition: form-data; name=\"x\"; name=\"proof\"".into(),
            false,
        ),
        (
            "Content-Disposition: form-data; filename=\"; name=proof\"".into(),
            false,
        ),
        (
            "Content-Disposition: attachment; name=\"proof\"".into(),
            false,
        ),
        ("Content-Disposition: form-data; name".into(), false),
        ("Content-Disposition: form-data;;;=;".into(), false),
        ("Content-Disposition:".into(), false),
        (format!("X: Content-Disposition: {named}"), false),
        (format!("X: y\r\n Content-Disposition: {named}"), false),
    ] {
        let form = format!("{}--edge--\r\n", part(&headers, "abc"));
        let expected = if is_it { token("abc") } else { Found::End };
        assert_eq!(found(form.as_bytes(), 5), expected, "{headers:?}");
    }
}

#[test]
fn no_more_than_the_first_64_kib_are_searched() {
    let proof = field("proof", "abc");
    for (padding, expected) in [
        (PREFIX - 200, token("abc")),
        (PREFIX, Found::TooLate),
        (10 * PREFIX, Found::TooLate),
    ] {
        let form = format!("{}{proof}--edge--", field("file", &"x".repeat(padding)));
        for size in [1_000, usize::MAX >> 1] {
            assert_eq!(found(form.as_bytes(), size), expected, "{padding}");
        }
    }
    let endless = format!("--edge\r\n{}", "X: y\r\n".repeat(PREFIX));
    assert_eq!(found(endless.as_bytes(), 8_192), Found::TooLate);
    let one_header = format!("--edge\r\nX: {}", "y".repeat(2 * PREFIX));
    assert_eq!(found(one_header.as_bytes(), 1), Found::TooLate);
}

#[test]
fn a_boundary_is_read_with_and_without_quotes() {
    let longest = "x".repeat(LONGEST_BOUNDARY);
    for (kind, expected) in [
        ("multipart/form-data; boundary=edge", Some("edge")),
        ("Multipart/Form-Data;BOUNDARY=\"edge\"", Some("edge")),
        (
            "multipart/form-data; boundary=\"a b;c=d\"; x=y",
            Some("a b;c=d"),
        ),
        (
            "multipart/form-data; charset=utf-8; boundary=edge ",
            Some("edge"),
        ),
        (
            &format!("multipart/form-data; boundary={longest}"),
            Some(&*longest),
        ),
        (&format!("multipart/form-data; boundary={longest}x"), None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data; boundary=\"\"", None),
        ("multipart/form-data; boundary", None),
        ("multipart/form-data", None),
        ("multipart/mixed; boundary=edge", None),
        ("multipart/form-datax; boundary=edge", None),
        ("text/plain; x=\"multipart/form-data; boundary=edge\"", None),
        ("", None),
    ] {
        let expected = expected.map(|boundary| boundary.as_bytes().to_vec());
        assert_eq!(boundary(kind.as_bytes()), expected, "{kind}");
    }
}

proptest::proptest! {
    #[test]
    fn how_a_form_is_cut_into_pieces_changes_nothing(
        parts in proptest::collection::vec("(proof|x|--edge|\r\n|-|form-data; name=){0,8}", 0..5),
        before in "(\r\n|-|--edge){0,4}",
        size in 1_usize..40,
    ) {
        let mut form = before;
        for content in &parts {
            form += &field(if content.len() % 3 == 0 { "proof" } else { "x" }, content);
        }
        form += "--edge--\r\n";
        proptest::prop_assert_eq!(
            found(form.as_bytes(), size),
            found(form.as_bytes(), form.len())
        );
    }

    #[test]
    fn no_bytes_make_the_search_panic(form: Vec<u8>, kind: Vec<u8>, size in 1_usize..40) {
        let _ = found(&form, size);
        let _ = boundary(&kind);
        let _ = names(&form, "proof");
    }
}
