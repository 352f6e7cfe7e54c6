//! What the shop says, in each of its four languages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::Value;

use crate::language::Language;

/// One entry for each text: English, Hindi, Korean, German. A text missing in one of them does not compile.
macro_rules! texts {
    ($($name:ident: $en:literal, $hi:literal, $ko:literal, $de:literal;)*) => {
        /// The texts of one language; `{}` is where a name goes, `{title}` a form's field.
        pub(crate) struct Texts {
            $(pub(crate) $name: &'static str,)*
        }

        /// In the order of [`Language::ALL`].
        static ALL: [Texts; 4] = [
            Texts { $($name: $en,)* },
            Texts { $($name: $hi,)* },
            Texts { $($name: $ko,)* },
            Texts { $($name: $de,)* },
        ];

        impl Texts {
            /// Returns every text under its name, for a template.
            fn by_name(&self) -> Value {
                Value::from(BTreeMap::from([$((stringify!($name), self.$name),)*]))
            }
        }
    };
}

static BY_NAME: LazyLock<[Value; 4]> =
    LazyLock::new(|| Language::ALL.map(|it| Texts::of(it).by_name()));

impl Texts {
    pub(crate) fn of(language: Language) -> &'static Self {
        &ALL[language as usize]
    }

    /// Returns the same texts as a template takes them.
    pub(crate) fn for_template(language: Language) -> Value {
        BY_NAME[language as usize].clone()
    }
}

/// Puts a name into a text.
pub(crate) fn fill(text: &str, name: &str) -> String {
    text.replacen("{}", name, 1)
}

#[rustfmt::skip]
texts! {
    // The frame of every page.
    skip: "Skip to the content", "सामग्री पर जाएँ", "본문으로 건너뛰기", "Zum Inhalt springen";
    menu: "Main menu", "मुख्य मेनू", "주 메뉴", "Hauptmenü";
    shop: "Shop", "दुकान", "상점", "Laden";
    noticeboard: "Noticeboard", "सूचना पट्ट", "게시판", "Pinnwand";
    preferences: "Preferences", "पसंद", "설정", "Einstellungen";
    sign_in: "Sign in", "साइन इन", "로그인", "Anmelden";
    sign_out: "Sign out", "साइन आउट", "로그아웃", "Abmelden";
    cart: "Cart", "कार्ट", "장바구니", "Warenkorb";
    demonstration: "A demonstration: nothing is charged and nothing is sent.", "यह एक प्रदर्शन है: कोई भुगतान नहीं लिया जाता और कुछ नहीं भेजा जाता।", "데모 상점입니다. 결제도 배송도 이루어지지 않습니다.", "Eine Vorführung: Hier wird nichts berechnet und nichts verschickt.";
    error: "Error", "त्रुटि", "오류", "Fehler";
    error_heading: "There is a problem", "एक समस्या है", "문제가 있습니다", "Etwas stimmt noch nicht";

    // The window.
    claim: "Clothes worth a good hanger", "अच्छे हैंगर के लायक कपड़े", "좋은 옷걸이에 걸 만한 옷", "Kleidung, die einen guten Bügel verdient";
    claim_more: "Fifty things to wear, carry and wrap up in, each in twenty colours. Made to be handed in at the door and asked for again.", "पहनने, साथ रखने और ओढ़ने की पचास चीज़ें, हर एक बीस रंगों में।", "입고, 들고, 두르는 쉰 가지. 모두 스무 가지 색으로 준비했습니다.", "Fünfzig Dinge zum Anziehen, Tragen und Einwickeln, jedes in zwanzig Farben.";
    visit: "Your visit no.", "आपकी यात्रा सं.", "방문 번호", "Ihr Besuch Nr.";
    departments: "Departments", "विभाग", "분류", "Abteilungen";
    everything: "Everything", "सब कुछ", "전체", "Alles";
    kind_scarves: "Scarves & mittens", "स्कार्फ़ और दस्ताने", "목도리와 장갑", "Schals & Handschuhe";
    kind_hats: "Hats", "टोपियाँ", "모자", "Hüte & Mützen";
    kind_knitwear: "Knitwear", "बुने कपड़े", "니트", "Strick";
    kind_shirts: "Shirts", "कमीज़ें", "셔츠", "Hemden";
    kind_coats: "Coats & gilets", "कोट और जैकेट", "코트와 조끼", "Mäntel & Westen";
    kind_trousers: "Trousers & skirts", "पतलून और स्कर्ट", "바지와 치마", "Hosen & Röcke";
    kind_bags: "Bags", "थैले", "가방", "Taschen";
    kind_socks: "Socks & boots", "मोज़े और जूते", "양말과 장화", "Socken & Stiefel";
    kind_travel: "Blankets & umbrellas", "कंबल और छाते", "담요와 우산", "Decken & Schirme";
    pages: "Pages", "पृष्ठ", "페이지", "Seiten";
    previous: "Previous", "पिछला", "이전", "Zurück";
    next: "Next", "अगला", "다음", "Weiter";
    recently_viewed: "Recently viewed", "हाल में देखा गया", "최근 본 상품", "Zuletzt angesehen";

    // One product.
    trail: "You are here", "आप यहाँ हैं", "현재 위치", "Sie sind hier";
    quantity: "Quantity", "मात्रा", "수량", "Anzahl";
    quantity_wrong: "Enter a quantity from 1 to 99", "1 से 99 तक की मात्रा लिखें", "수량은 1에서 99 사이로 입력하세요", "Geben Sie eine Anzahl von 1 bis 99 ein";
    add: "Add to cart", "कार्ट में डालें", "장바구니에 담기", "In den Warenkorb";
    colour: "Colour", "रंग", "색상", "Farbe";
    number: "Article", "वस्तु संख्या", "상품 번호", "Artikel";
    delivery: "Delivery", "डिलीवरी", "배송", "Versand";
    delivery_more: "Free, in three days", "मुफ़्त, तीन दिन में", "무료, 3일 이내", "Kostenlos, in drei Tagen";
    returns: "Returns", "वापसी", "반품", "Rückgabe";
    returns_more: "For a hundred days, worn or not", "सौ दिन तक, पहना हो या नहीं", "착용 여부와 관계없이 100일", "Hundert Tage, getragen oder nicht";

    // The cart.
    cart_title: "Your cart", "आपकी कार्ट", "장바구니", "Ihr Warenkorb";
    cart_empty: "Your cart is empty", "आपकी कार्ट ख़ाली है", "장바구니가 비어 있습니다", "Ihr Warenkorb ist leer";
    cart_empty_more: "The hangers are waiting. What you put in stays here, even when you sign in later.", "हैंगर इंतज़ार कर रहे हैं। जो आप डालेंगे वह यहीं रहेगा, बाद में साइन इन करने पर भी।", "옷걸이가 기다리고 있습니다. 담은 상품은 나중에 로그인해도 그대로 있습니다.", "Die Bügel warten. Was Sie hineinlegen, bleibt hier, auch wenn Sie sich später anmelden.";
    keep_looking: "Keep looking", "और देखें", "계속 둘러보기", "Weiter stöbern";
    order: "Your order", "आपका ऑर्डर", "주문 내역", "Ihre Bestellung";
    pieces: "Pieces", "नग", "수량", "Stück";
    free: "Free", "मुफ़्त", "무료", "Kostenlos";
    total: "Total", "कुल", "합계", "Summe";
    one_more: "One more", "एक और", "하나 더", "Eins mehr";
    remove: "Remove", "हटाएँ", "삭제", "Entfernen";
    clear: "Empty the cart", "कार्ट ख़ाली करें", "장바구니 비우기", "Warenkorb leeren";
    added: "Added {} to your cart.", "{} आपकी कार्ट में डाला गया।", "{} 상품을 장바구니에 담았습니다.", "{} liegt jetzt im Warenkorb.";
    most: "We sell at most 99 of one product, so your cart holds 99.", "एक वस्तु के अधिकतम 99 नग मिलते हैं, इसलिए कार्ट में 99 हैं।", "한 상품은 최대 99개까지 판매하므로 장바구니에 99개가 담겨 있습니다.", "Von einem Artikel verkaufen wir höchstens 99, so viele liegen jetzt im Warenkorb.";
    removed: "Removed {} from your cart.", "{} आपकी कार्ट से हटाया गया।", "{} 상품을 장바구니에서 뺐습니다.", "{} ist nicht mehr im Warenkorb.";
    was_not_there: "{} was not in your cart.", "{} आपकी कार्ट में नहीं था।", "{} 상품은 장바구니에 없습니다.", "{} war nicht im Warenkorb.";
    cleared: "Your cart is empty again.", "आपकी कार्ट फिर ख़ाली है।", "장바구니를 비웠습니다.", "Ihr Warenkorb ist wieder leer.";

    // Signing in and out.
    name: "Name", "नाम", "이름", "Name";
    name_hint: "demo or staff. The passwords are printed where the shop was started.", "demo या staff। पासवर्ड वहाँ छपे हैं जहाँ दुकान शुरू की गई थी।", "demo 또는 staff. 비밀번호는 상점을 시작한 터미널에 표시됩니다.", "demo oder staff. Die Passwörter stehen dort, wo der Laden gestartet wurde.";
    password: "Password", "पासवर्ड", "비밀번호", "Passwort";
    remember: "Remember me on this device for 30 days", "इस डिवाइस पर मुझे 30 दिन याद रखें", "이 기기에서 30일간 로그인 유지", "30 Tage auf diesem Gerät angemeldet bleiben";
    sign_in_wrong: "That name and password don't go together", "यह नाम और पासवर्ड मेल नहीं खाते", "이름과 비밀번호가 맞지 않습니다", "Name und Passwort passen nicht zusammen";
    signed_in: "Welcome, {}.", "स्वागत है, {}।", "{} 님, 환영합니다.", "Willkommen, {}.";
    signed_out: "You are signed out. See you soon.", "आप साइन आउट हो गए। फिर मिलेंगे।", "로그아웃했습니다. 또 만나요.", "Sie sind abgemeldet. Bis bald.";

    // Preferences.
    theme: "Theme", "थीम", "테마", "Farbschema";
    theme_light: "Light", "हल्की", "밝게", "Hell";
    theme_dark: "Dark", "गहरी", "어둡게", "Dunkel";
    theme_wrong: "Choose light or dark", "हल्की या गहरी थीम चुनें", "밝게 또는 어둡게를 선택하세요", "Wählen Sie hell oder dunkel";
    language: "Language", "भाषा", "언어", "Sprache";
    language_wrong: "Choose one of the languages in the list", "सूची में से कोई भाषा चुनें", "목록에서 언어를 선택하세요", "Wählen Sie eine der Sprachen aus der Liste";
    save: "Save", "सहेजें", "저장", "Speichern";
    saved: "Your preferences are saved.", "आपकी पसंद सहेजी गई।", "설정을 저장했습니다.", "Ihre Einstellungen sind gespeichert.";

    // The noticeboard.
    noticeboard_empty: "Nothing is pinned up yet. The first note is yours.", "अभी कुछ नहीं लगा है। पहली सूचना आपकी।", "아직 글이 없습니다. 첫 글을 남겨 보세요.", "Noch hängt hier nichts. Der erste Zettel gehört Ihnen.";
    write: "Write a note", "सूचना लिखें", "글쓰기", "Zettel schreiben";
    title: "Title", "शीर्षक", "제목", "Titel";
    title_wrong: "Enter a title of 1 to 120 characters", "1 से 120 अक्षरों का शीर्षक लिखें", "제목은 1자에서 120자까지 입력하세요", "Geben Sie einen Titel von 1 bis 120 Zeichen ein";
    body: "Text", "पाठ", "내용", "Text";
    body_hint: "Everybody who comes by can read it.", "यहाँ आने वाला हर व्यक्ति इसे पढ़ सकता है।", "방문한 모든 사람이 읽을 수 있습니다.", "Alle, die vorbeikommen, können ihn lesen.";
    body_wrong: "Enter a text of 1 to 5000 characters", "1 से 5000 अक्षरों का पाठ लिखें", "내용은 1자에서 5000자까지 입력하세요", "Geben Sie einen Text von 1 bis 5000 Zeichen ein";
    pin: "Pin it up", "लगाएँ", "게시하기", "Anpinnen";
    pinned: "{title} post saved.", "{title} पोस्ट सहेजी गई।", "{title} 글을 저장했습니다.", "{title}: Zettel gespeichert.";
    visitor: "A visitor", "एक आगंतुक", "방문자", "Jemand, der vorbeikam";

    // Nothing here.
    not_found: "There is nothing on this hanger", "इस हैंगर पर कुछ नहीं है", "이 옷걸이는 비어 있습니다", "An diesem Bügel hängt nichts";
    not_found_more: "The page you asked for is not here. It may have moved, or the address has a slip in it.", "आपने जो पृष्ठ माँगा वह यहाँ नहीं है। शायद पता बदल गया है या उसमें कोई चूक है।", "찾으시는 페이지가 없습니다. 옮겨졌거나 주소가 잘못되었을 수 있습니다.", "Diese Seite gibt es hier nicht. Sie ist umgezogen, oder in der Adresse steckt ein Tippfehler.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_translation_keeps_the_place_for_the_name() {
        for language in Language::ALL {
            let texts = Texts::of(language);
            for text in [
                texts.added,
                texts.removed,
                texts.was_not_there,
                texts.signed_in,
            ] {
                assert_eq!(text.matches("{}").count(), 1, "{text}");
            }
            assert_eq!(texts.pinned.matches("{title}").count(), 1);
        }
    }

    #[test]
    fn a_name_with_braces_is_taken_as_it_is() {
        assert_eq!(fill("Welcome, {}.", "{}{}"), "Welcome, {}{}.");
    }

    #[test]
    fn english_messages_read_as_promised() {
        let texts = Texts::of(Language::En);
        assert_eq!(
            fill(texts.added, "Wool scarf"),
            "Added Wool scarf to your cart."
        );
        assert_eq!(fill(texts.signed_in, "demo"), "Welcome, demo.");
    }
}
