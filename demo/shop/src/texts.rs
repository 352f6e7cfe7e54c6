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
            /// Returns the text of this name.
            pub(crate) fn named(&self, name: &str) -> Option<&'static str> {
                match name {
                    $(stringify!($name) => Some(self.$name),)*
                    _ => None,
                }
            }

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

    // The account.
    account: "Account", "खाता", "계정", "Konto";
    account_title: "Where you are signed in", "आप कहाँ साइन इन हैं", "로그인한 기기", "Wo Sie angemeldet sind";
    this_session: "This session", "यह सत्र", "현재 세션", "Diese Sitzung";
    unknown_device: "Unknown browser", "अज्ञात ब्राउज़र", "알 수 없는 브라우저", "Unbekannter Browser";
    signed_in_at: "Signed in", "साइन इन किया", "로그인", "Angemeldet";
    last_used: "Last used", "अंतिम उपयोग", "마지막 사용", "Zuletzt benutzt";
    end_there: "Sign out there", "वहाँ साइन आउट", "그 기기에서 로그아웃", "Dort abmelden";
    end_others: "Sign out everywhere else", "बाकी सब जगह साइन आउट", "다른 모든 기기에서 로그아웃", "Überall sonst abmelden";
    ended_there: "Signed out there.", "वहाँ साइन आउट किया गया।", "그 기기에서 로그아웃했습니다.", "Dort abgemeldet.";
    ended_others: "Signed out everywhere else.", "बाकी सब जगह साइन आउट किया गया।", "다른 모든 기기에서 로그아웃했습니다.", "Überall sonst abgemeldet.";
    no_such_session: "That session was over already.", "वह सत्र पहले ही समाप्त था।", "이미 끝난 세션입니다.", "Diese Sitzung war schon zu Ende.";
    password_again: "To sign out everywhere else, enter your password.", "बाकी सब जगह साइन आउट करने के लिए अपना पासवर्ड लिखें।", "다른 모든 기기에서 로그아웃하려면 비밀번호를 입력하세요.", "Um sich überall sonst abzumelden, geben Sie Ihr Passwort ein.";
    password_again_missing: "Enter your password", "अपना पासवर्ड लिखें", "비밀번호를 입력하세요", "Geben Sie Ihr Passwort ein";
    password_again_wrong: "That password is wrong", "यह पासवर्ड गलत है", "비밀번호가 틀렸습니다", "Dieses Passwort ist falsch";
    method_password: "by password", "पासवर्ड से", "비밀번호로", "mit Passwort";
    just_now: "just now", "अभी", "방금", "gerade eben";
    nowhere_else: "You are signed in nowhere else.", "आप और कहीं साइन इन नहीं हैं।", "다른 곳에는 로그인되어 있지 않습니다.", "Sie sind nirgends sonst angemeldet.";
    this_alone: "This site can't show where else you are signed in.", "यह साइट नहीं दिखा सकती कि आप और कहाँ साइन इन हैं।", "이 사이트는 다른 로그인 위치를 보여줄 수 없습니다.", "Diese Seite kann nicht zeigen, wo Sie sonst noch angemeldet sind.";
    more_sessions: "And {} more, used longer ago.", "और {} अधिक, जिनका उपयोग पहले हुआ था।", "그 밖에 더 오래전에 사용한 {}곳.", "Und {} weitere, die länger nicht benutzt wurden.";

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
    name_hint: "demo, staff or trainee. The passwords are printed where the shop was started.", "demo, staff या trainee। पासवर्ड वहाँ छपे हैं जहाँ दुकान शुरू की गई थी।", "demo, staff 또는 trainee. 비밀번호는 상점을 시작한 터미널에 표시됩니다.", "demo, staff oder trainee. Die Passwörter stehen dort, wo der Laden gestartet wurde.";
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

    // The wizards: what they are called, and their steps.
    register: "Register", "पंजीकरण", "회원 가입", "Registrieren";
    register_info: "About you", "आपके बारे में", "회원 정보", "Über Sie";
    register_address: "Your address", "आपका पता", "주소", "Ihre Adresse";
    register_company: "Your business", "आपका व्यवसाय", "사업자 정보", "Ihr Unternehmen";
    register_confirm: "Check your answers", "अपने उत्तर जाँचें", "입력 내용 확인", "Ihre Angaben prüfen";
    feedback: "Feedback", "प्रतिक्रिया", "의견", "Rückmeldung";
    feedback_rating: "How do you like the shop?", "आपको दुकान कैसी लगी?", "상점이 마음에 드셨나요?", "Wie gefällt Ihnen der Laden?";
    feedback_comments: "Tell us more", "और बताएँ", "더 알려 주세요", "Erzählen Sie mehr";
    documents: "Hand in a document", "दस्तावेज़ जमा करें", "문서 제출", "Dokument abgeben";
    documents_info: "What is it?", "यह क्या है?", "어떤 문서인가요?", "Worum geht es?";
    documents_upload: "Your file", "आपकी फ़ाइल", "파일", "Ihre Datei";
    documents_review: "Check your answers", "अपने उत्तर जाँचें", "입력 내용 확인", "Ihre Angaben prüfen";

    // Around every step.
    step_of: "Step {number} of {count}", "चरण {number} / {count}", "{count}단계 중 {number}단계", "Schritt {number} von {count}";
    steps: "Steps", "चरण", "단계", "Schritte";
    step_done: "Done", "पूरा", "완료", "Erledigt";
    go_on: "Continue", "आगे बढ़ें", "계속", "Weiter";
    go_back: "Back", "पीछे", "뒤로", "Zurück";
    hand_in: "Send", "भेजें", "보내기", "Absenden";
    save_for_later: "Save and come back later", "सहेजें और बाद में लौटें", "저장하고 나중에 계속", "Speichern und später weitermachen";
    change: "Change", "बदलें", "변경", "Ändern";
    conflict: "This page was changed elsewhere", "यह पृष्ठ कहीं और बदला गया", "다른 곳에서 변경된 페이지입니다", "Diese Seite wurde woanders geändert";
    conflict_more: "Somebody, perhaps you in another tab, has changed these answers since you opened this page. Nothing has been overwritten.", "आपके यह पृष्ठ खोलने के बाद किसी ने, शायद आपने ही दूसरे टैब में, ये उत्तर बदल दिए हैं। कुछ भी मिटाया नहीं गया है।", "이 페이지를 연 뒤에 누군가(다른 탭의 본인일 수도 있습니다) 답을 변경했습니다. 덮어쓴 내용은 없습니다.", "Seit Sie diese Seite geöffnet haben, hat jemand diese Angaben geändert, vielleicht Sie selbst in einem anderen Tab. Nichts wurde überschrieben.";
    conflict_theirs: "What is saved now", "अभी जो सहेजा हुआ है", "지금 저장된 내용", "Was jetzt gespeichert ist";
    conflict_ours: "What you have just sent", "जो आपने अभी भेजा", "방금 보내신 내용", "Was Sie gerade gesendet haben";
    take_theirs: "Keep what is saved", "सहेजा हुआ रखें", "저장된 내용 유지", "Gespeichertes behalten";
    take_ours: "Take what I have sent", "मेरा भेजा हुआ लें", "보낸 내용으로 바꾸기", "Gesendetes übernehmen";
    not_taken: "That could not be taken in", "यह नहीं लिया जा सका", "받을 수 없었습니다", "Das konnte nicht angenommen werden";
    not_taken_back: "Back to your answers", "अपने उत्तरों पर वापस", "답변으로 돌아가기", "Zurück zu Ihren Angaben";
    too_many_bytes: "At most {limit} can be sent at once. Nothing has been changed; what you sent before is still here.", "एक बार में अधिकतम {limit} भेजा जा सकता है। कुछ नहीं बदला है; जो आपने पहले भेजा था वह यहीं है।", "한 번에 최대 {limit}까지 보낼 수 있습니다. 바뀐 것은 없으며, 전에 보내신 내용은 그대로 있습니다.", "Auf einmal können höchstens {limit} gesendet werden. Nichts wurde geändert; was Sie vorher gesendet haben, ist noch da.";
    too_many_fields: "At most {limit} fields can be sent at once. Nothing has been changed; what you sent before is still here.", "एक बार में अधिकतम {limit} फ़ील्ड भेजे जा सकते हैं। कुछ नहीं बदला है; जो आपने पहले भेजा था वह यहीं है।", "한 번에 최대 {limit}개 항목까지 보낼 수 있습니다. 바뀐 것은 없으며, 전에 보내신 내용은 그대로 있습니다.", "Auf einmal können höchstens {limit} Felder gesendet werden. Nichts wurde geändert; was Sie vorher gesendet haben, ist noch da.";
    unreadable: "What was sent arrived incomplete or damaged. Nothing has been changed; what you sent before is still here.", "जो भेजा गया वह अधूरा या ख़राब पहुँचा। कुछ नहीं बदला है; जो आपने पहले भेजा था वह यहीं है।", "보내신 내용이 불완전하거나 손상된 채 도착했습니다. 바뀐 것은 없으며, 전에 보내신 내용은 그대로 있습니다.", "Was gesendet wurde, kam unvollständig oder beschädigt an. Nichts wurde geändert; was Sie vorher gesendet haben, ist noch da.";
    resume: "Go on with these answers?", "इन उत्तरों के साथ आगे बढ़ें?", "이 답변으로 이어서 작성할까요?", "Mit diesen Angaben weitermachen?";
    resume_more: "The link leads to answers that were saved on another device. Whoever saved them sees what you add.", "यह लिंक किसी दूसरे डिवाइस पर सहेजे गए उत्तरों तक ले जाता है। जिसने उन्हें सहेजा, वह आपका जोड़ा हुआ देखेगा।", "이 링크는 다른 기기에 저장된 답변으로 이어집니다. 저장한 사람은 추가하신 내용을 볼 수 있습니다.", "Der Link führt zu Angaben, die auf einem anderen Gerät gespeichert wurden. Wer sie gespeichert hat, sieht, was Sie ergänzen.";
    resume_here: "Go on with these answers", "इन उत्तरों के साथ आगे बढ़ें", "이 답변으로 이어서 작성", "Mit diesen Angaben weitermachen";
    resume_beside: "You have answers of your own here. They stay as they are.", "यहाँ आपके अपने उत्तर भी हैं। वे वैसे ही रहेंगे।", "여기에 본인이 작성하던 답변이 있습니다. 그대로 남아 있습니다.", "Sie haben hier eigene Angaben. Sie bleiben, wie sie sind.";
    resume_own: "Go on with my own answers", "अपने उत्तरों के साथ आगे बढ़ें", "내 답변으로 이어서 작성", "Mit meinen eigenen Angaben weitermachen";
    refused_large: "That is more than we can hang up", "इतना हम टाँग नहीं सकते", "저희가 걸어 둘 수 있는 것보다 큽니다", "Das ist mehr, als wir aufhängen können";
    refused_large_more: "What was sent is too large for us, so nothing was changed, and what you sent before is still here. Your browser’s Back leads to what you typed.", "जो भेजा गया वह हमारे लिए बहुत बड़ा है, इसलिए कुछ नहीं बदला, और जो आपने पहले भेजा था वह यहीं है। आपके ब्राउज़र का “वापस” बटन आपके लिखे हुए तक ले जाता है।", "보내신 내용이 너무 커서 바뀐 것은 없으며, 전에 보내신 내용은 그대로 있습니다. 브라우저의 뒤로 버튼을 누르면 입력하신 내용으로 돌아갑니다.", "Was gesendet wurde, ist für uns zu groß. Nichts wurde geändert, und was Sie vorher gesendet haben, ist noch da. Das Zurück Ihres Browsers führt zu dem, was Sie eingegeben haben.";
    refused_forged: "Please send that again", "कृपया इसे फिर से भेजें", "다시 보내 주세요", "Bitte senden Sie das noch einmal";
    refused_forged_more: "We could not make sure that the form came from our own page, so nothing was changed. Go back, reload the page and try once more. Your browser must allow cookies for that.", "हम पक्का नहीं कर सके कि फ़ॉर्म हमारे ही पृष्ठ से आया, इसलिए कुछ नहीं बदला। वापस जाएँ, पृष्ठ फिर से लोड करें और दोबारा कोशिश करें। इसके लिए आपके ब्राउज़र में कुकी की अनुमति होनी चाहिए।", "이 양식이 저희 페이지에서 온 것인지 확인할 수 없어 아무것도 바꾸지 않았습니다. 뒤로 가서 페이지를 새로 고친 뒤 다시 시도해 주세요. 브라우저에서 쿠키를 허용해야 합니다.", "Wir konnten nicht sicherstellen, dass das Formular von unserer eigenen Seite kam; nichts wurde geändert. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal. Ihr Browser muss dafür Cookies erlauben.";
    refused_late: "This form can’t be sent", "यह फ़ॉर्म नहीं भेजा जा सकता", "이 양식은 보낼 수 없습니다", "Dieses Formular kann nicht gesendet werden";
    refused_late_more: "We could not make sure that it came from our own page, so nothing was changed. That is our mistake: the hidden field with the form’s token must be put first, before any file.", "हम पक्का नहीं कर सके कि यह हमारे ही पृष्ठ से आया, इसलिए कुछ नहीं बदला। यह हमारी गलती है: फ़ॉर्म के टोकन वाला छिपा फ़ील्ड सबसे पहले, हर फ़ाइल से पहले होना चाहिए।", "저희 페이지에서 온 것인지 확인할 수 없어 아무것도 바꾸지 않았습니다. 저희의 실수입니다. 양식의 토큰이 든 숨은 항목은 모든 파일보다 앞에 있어야 합니다.", "Wir konnten nicht sicherstellen, dass es von unserer eigenen Seite kam; nichts wurde geändert. Das ist unser Fehler: Das verborgene Feld mit dem Token des Formulars muss zuerst kommen, vor jeder Datei.";
    refused_unreadable: "We can’t read that", "हम इसे पढ़ नहीं सकते", "읽을 수 없습니다", "Das können wir nicht lesen";
    refused_unreadable_more: "What was sent is no form of ours, so nothing was changed. Please go back and send it again.", "जो भेजा गया वह हमारा फ़ॉर्म नहीं है, इसलिए कुछ नहीं बदला। कृपया वापस जाएँ और फिर से भेजें।", "저희 양식이 아니어서 아무것도 바꾸지 않았습니다. 뒤로 가서 다시 보내 주세요.", "Was gesendet wurde, ist keines unserer Formulare; nichts wurde geändert. Bitte gehen Sie zurück und senden Sie es noch einmal.";
    refused_conflict: "Two hands reached for the same hanger", "दो हाथ एक ही हैंगर पर पड़े", "두 손이 같은 옷걸이를 잡았습니다", "Zwei Hände griffen nach demselben Bügel";
    refused_conflict_more: "Something changed in another tab at the same moment. Please go back and try again.", "उसी क्षण किसी दूसरे टैब में कुछ बदल गया। कृपया वापस जाएँ और फिर से कोशिश करें।", "같은 순간 다른 탭에서 무언가가 바뀌었습니다. 뒤로 가서 다시 시도해 주세요.", "Im selben Moment hat sich in einem anderen Tab etwas geändert. Bitte gehen Sie zurück und versuchen Sie es noch einmal.";
    refused_back: "Back to the form", "फ़ॉर्म पर वापस", "양식으로 돌아가기", "Zurück zum Formular";
    refused_home: "Back to the shop", "दुकान पर वापस", "상점으로 돌아가기", "Zurück zum Laden";
    answers_not_found: "We can’t find these answers", "हमें ये उत्तर नहीं मिल रहे", "이 답변을 찾을 수 없습니다", "Wir finden diese Angaben nicht";
    answers_not_found_more: "They may have been kept for too long, or belong to somebody who has to sign in first.", "शायद उन्हें बहुत समय हो गया, या वे किसी ऐसे व्यक्ति के हैं जिसे पहले साइन इन करना होगा।", "보관 기간이 지났거나, 먼저 로그인해야 하는 사람의 답변일 수 있습니다.", "Vielleicht wurden sie zu lange aufbewahrt, oder sie gehören jemandem, der sich erst anmelden muss.";
    reference: "Your reference: {reference}", "आपका संदर्भ: {reference}", "접수 번호: {reference}", "Ihr Zeichen: {reference}";
    saved_run: "Your answers are saved", "आपके उत्तर सहेजे गए", "답변이 저장되었습니다", "Ihre Angaben sind gespeichert";
    saved_here: "They wait for you in this browser. Come back to this address whenever you like.", "वे इस ब्राउज़र में आपका इंतज़ार कर रहे हैं। जब चाहें इस पते पर लौटें।", "이 브라우저에 보관됩니다. 언제든 이 주소로 돌아오세요.", "Sie warten in diesem Browser auf Sie. Kommen Sie einfach an diese Adresse zurück.";
    saved_link: "This link leads back to them for 30 days, on any device. Keep it to yourself: whoever has it can read and change your answers. Saving again replaces it.", "यह लिंक 30 दिनों तक किसी भी डिवाइस पर उन तक वापस ले जाता है। इसे किसी को न दें: जिसके पास यह होगा वह आपके उत्तर पढ़ और बदल सकेगा। दोबारा सहेजने पर नया लिंक बनता है।", "이 링크로 30일 동안 어떤 기기에서든 이어서 작성할 수 있습니다. 링크를 가진 사람은 답변을 보고 바꿀 수 있으니 혼자만 보관하세요. 다시 저장하면 새 링크로 바뀝니다.", "Dieser Link führt 30 Tage lang auf jedem Gerät zu ihnen zurück. Behalten Sie ihn für sich: Wer ihn hat, kann Ihre Angaben lesen und ändern. Wenn Sie noch einmal speichern, ersetzt ein neuer ihn.";
    saved_go_on: "Go on with your answers", "अपने उत्तर आगे भरें", "이어서 작성하기", "Mit Ihren Angaben weitermachen";
    copy_link: "Copy the link", "लिंक कॉपी करें", "링크 복사", "Link kopieren";
    copied: "The link is copied.", "लिंक कॉपी हो गया।", "링크를 복사했습니다.", "Der Link ist kopiert.";
    finished: "Thank you", "धन्यवाद", "감사합니다", "Vielen Dank";
    running: "Your answers are being sent", "आपके उत्तर भेजे जा रहे हैं", "답변을 보내는 중입니다", "Ihre Angaben werden gesendet";
    running_more: "This takes a moment. You need not send them again.", "इसमें थोड़ा समय लगता है। दोबारा भेजने की ज़रूरत नहीं।", "잠시만 기다려 주세요. 다시 보내지 않아도 됩니다.", "Das dauert einen Moment. Sie brauchen sie nicht noch einmal zu senden.";
    running_look: "See whether it is done", "देखें कि पूरा हुआ या नहीं", "끝났는지 확인", "Nachsehen, ob es fertig ist";
    broken: "We can’t tell whether that was completed", "हम नहीं कह सकते कि यह पूरा हुआ या नहीं", "완료되었는지 알 수 없습니다", "Wir wissen nicht, ob das abgeschlossen wurde";
    broken_more: "Something failed while your answers were being sent. They have not been sent again, so that nothing is done twice. Please get in touch with us before you start anew.", "आपके उत्तर भेजते समय कुछ गड़बड़ हुई। उन्हें दोबारा नहीं भेजा गया ताकि कुछ भी दो बार न हो। फिर से शुरू करने से पहले हमसे संपर्क करें।", "답변을 보내는 중에 문제가 생겼습니다. 두 번 처리되지 않도록 다시 보내지 않았습니다. 새로 시작하기 전에 문의해 주세요.", "Beim Senden Ihrer Angaben ist etwas schiefgegangen. Sie wurden nicht noch einmal gesendet, damit nichts doppelt geschieht. Bitte melden Sie sich bei uns, bevor Sie neu beginnen.";
    notice_changed: "These answers were changed in another tab since you opened this page, so nothing has been sent. Please check them once more.", "इस पृष्ठ को खोलने के बाद ये उत्तर किसी दूसरे टैब में बदले गए, इसलिए कुछ भी नहीं भेजा गया। कृपया उन्हें फिर से जाँचें।", "이 페이지를 연 뒤 다른 탭에서 답변이 바뀌어 아무것도 보내지 않았습니다. 다시 한 번 확인해 주세요.", "Diese Angaben wurden in einem anderen Tab geändert, seit Sie diese Seite geöffnet haben; es wurde nichts abgeschickt. Bitte prüfen Sie sie noch einmal.";
    notice_expired: "Your earlier answers are no longer here: they were kept for too long, or you have signed out since. Please fill them in again.", "आपके पहले के उत्तर अब यहाँ नहीं हैं, क्योंकि उन्हें बहुत समय हो गया था या आपने इस बीच साइन आउट किया। कृपया उन्हें फिर से भरें।", "이전 답변은 보관 기간이 지났거나 그 사이 로그아웃하셔서 더 이상 없습니다. 다시 작성해 주세요.", "Ihre früheren Angaben sind nicht mehr da: Sie wurden zu lange aufbewahrt, oder Sie haben sich inzwischen abgemeldet. Bitte geben Sie sie noch einmal ein.";
    notice_displaced: "Your earlier answers are no longer here: only a few forms are kept at once, and you have begun others since. Please fill them in again.", "आपके पहले के उत्तर अब यहाँ नहीं हैं: एक साथ कुछ ही फ़ॉर्म रखे जाते हैं, और आपने इस बीच दूसरे शुरू किए। कृपया उन्हें फिर से भरें।", "이전 답변은 더 이상 없습니다. 한 번에 몇 개의 양식만 보관되는데, 그 사이 다른 양식을 시작하셨습니다. 다시 작성해 주세요.", "Ihre früheren Angaben sind nicht mehr da: Es werden nur wenige Formulare zugleich aufbewahrt, und Sie haben inzwischen andere begonnen. Bitte geben Sie sie noch einmal ein.";
    notice_not_kept: "We could not keep this just now. What you typed is still on this page; please try again in a moment.", "हम इसे अभी सहेज नहीं सके। आपने जो लिखा वह इसी पृष्ठ पर है; कृपया थोड़ी देर में फिर कोशिश करें।", "지금은 저장하지 못했습니다. 입력하신 내용은 이 페이지에 남아 있으니 잠시 후 다시 시도해 주세요.", "Das konnten wir gerade nicht speichern. Was Sie eingegeben haben, steht noch auf dieser Seite; bitte versuchen Sie es gleich noch einmal.";
    notice_unchecked: "We could not check this just now. What you typed is kept; please try again in a moment.", "हम इसे अभी जाँच नहीं सके। आपने जो लिखा वह सहेजा हुआ है; कृपया थोड़ी देर में फिर कोशिश करें।", "지금은 확인하지 못했습니다. 입력하신 내용은 저장되어 있으니 잠시 후 다시 시도해 주세요.", "Das konnten wir gerade nicht prüfen. Was Sie eingegeben haben, ist gespeichert; bitte versuchen Sie es gleich noch einmal.";
    anew: "Start again", "फिर से शुरू करें", "처음부터 다시", "Neu beginnen";

    // What the wizards ask; `error_…` and `missing_…` say what is wrong with an answer.
    field_first_name: "First name", "पहला नाम", "이름", "Vorname";
    missing_first_name: "Enter your first name", "अपना पहला नाम लिखें", "이름을 입력하세요", "Geben Sie Ihren Vornamen ein";
    field_last_name: "Last name", "उपनाम", "성", "Nachname";
    missing_last_name: "Enter your last name", "अपना उपनाम लिखें", "성을 입력하세요", "Geben Sie Ihren Nachnamen ein";
    field_email: "Email address", "ईमेल पता", "이메일 주소", "E-Mail-Adresse";
    hint_email: "This is a demonstration: nothing is ever sent there.", "यह एक प्रदर्शन है: वहाँ कभी कुछ नहीं भेजा जाता।", "데모 상점이므로 메일을 보내지 않습니다.", "Dies ist eine Vorführung: Dorthin wird nie etwas gesendet.";
    missing_email: "Enter your email address", "अपना ईमेल पता लिखें", "이메일 주소를 입력하세요", "Geben Sie Ihre E-Mail-Adresse ein";
    error_invalid_email: "Enter an email address like name@example.com", "name@example.com जैसा ईमेल पता लिखें", "name@example.com 같은 이메일 주소를 입력하세요", "Geben Sie eine E-Mail-Adresse wie name@example.com ein";
    field_kind: "Who do you buy for?", "आप किसके लिए ख़रीदते हैं?", "누구를 위해 구매하시나요?", "Für wen kaufen Sie ein?";
    item_kind_person: "For myself", "अपने लिए", "개인", "Für mich";
    item_kind_business: "For a business", "व्यवसाय के लिए", "사업자", "Für ein Unternehmen";
    help_kind_business: "We ask for its name next.", "आगे हम उसका नाम पूछेंगे।", "다음에 상호를 묻습니다.", "Nach dem Namen fragen wir als Nächstes.";
    missing_kind: "Choose who you buy for", "चुनें कि आप किसके लिए ख़रीदते हैं", "누구를 위해 구매하는지 선택하세요", "Wählen Sie, für wen Sie einkaufen";
    field_street: "Street and number", "गली और मकान संख्या", "도로명과 번지", "Straße und Hausnummer";
    missing_street: "Enter your street and number", "अपनी गली और मकान संख्या लिखें", "도로명과 번지를 입력하세요", "Geben Sie Straße und Hausnummer ein";
    field_city: "Town or city", "शहर", "시/군/구", "Ort";
    missing_city: "Enter your town or city", "अपना शहर लिखें", "시/군/구를 입력하세요", "Geben Sie Ihren Ort ein";
    field_postcode: "Postcode", "पिन कोड", "우편번호", "Postleitzahl";
    missing_postcode: "Enter your postcode", "अपना पिन कोड लिखें", "우편번호를 입력하세요", "Geben Sie Ihre Postleitzahl ein";
    field_country: "Country", "देश", "국가", "Land";
    missing_country: "Enter your country", "अपना देश लिखें", "국가를 입력하세요", "Geben Sie Ihr Land ein";
    field_name: "Name of the business", "व्यवसाय का नाम", "상호", "Name des Unternehmens";
    missing_name: "Enter the name of the business", "व्यवसाय का नाम लिखें", "상호를 입력하세요", "Geben Sie den Namen des Unternehmens ein";
    field_vat: "VAT number", "वैट संख्या", "사업자 등록 번호", "Umsatzsteuer-Identifikationsnummer";
    hint_vat: "It stands on your invoices, for example DE123456789.", "यह आपके बिलों पर होती है, जैसे DE123456789।", "청구서에 표시됩니다. 예: DE123456789", "Sie steht auf Ihren Rechnungen, zum Beispiel DE123456789.";
    missing_vat: "Enter the VAT number", "वैट संख्या लिखें", "사업자 등록 번호를 입력하세요", "Geben Sie die Umsatzsteuer-Identifikationsnummer ein";
    field_accept: "My answers are right, and I know that this is a demonstration", "मेरे उत्तर सही हैं, और मैं जानता/जानती हूँ कि यह एक प्रदर्शन है", "입력한 내용이 맞으며, 데모 상점임을 알고 있습니다", "Meine Angaben stimmen, und ich weiß, dass dies eine Vorführung ist";
    missing_accept: "Confirm that your answers are right", "पुष्टि करें कि आपके उत्तर सही हैं", "입력한 내용이 맞는지 확인해 주세요", "Bestätigen Sie, dass Ihre Angaben stimmen";
    field_stars: "Your rating", "आपकी रेटिंग", "평점", "Ihre Bewertung";
    item_stars_1: "1 – poor", "1 – ख़राब", "1점 – 별로예요", "1 – schlecht";
    item_stars_2: "2 – fair", "2 – साधारण", "2점 – 아쉬워요", "2 – geht so";
    item_stars_3: "3 – good", "3 – अच्छा", "3점 – 괜찮아요", "3 – gut";
    item_stars_4: "4 – very good", "4 – बहुत अच्छा", "4점 – 좋아요", "4 – sehr gut";
    item_stars_5: "5 – excellent", "5 – शानदार", "5점 – 최고예요", "5 – ausgezeichnet";
    missing_stars: "Choose a rating from 1 to 5", "1 से 5 तक की रेटिंग चुनें", "1점에서 5점 사이로 선택하세요", "Wählen Sie eine Bewertung von 1 bis 5";
    field_text: "What could be better?", "क्या बेहतर हो सकता है?", "무엇을 개선하면 좋을까요?", "Was könnte besser sein?";
    hint_text: "At most 2000 characters.", "अधिकतम 2000 अक्षर।", "최대 2000자", "Höchstens 2000 Zeichen.";
    missing_text: "Enter your comments", "अपनी टिप्पणी लिखें", "의견을 입력하세요", "Schreiben Sie uns etwas";
    field_title: "Title of the document", "दस्तावेज़ का शीर्षक", "문서 제목", "Titel des Dokuments";
    missing_title: "Enter a title", "शीर्षक लिखें", "제목을 입력하세요", "Geben Sie einen Titel ein";
    field_document: "File", "फ़ाइल", "파일", "Datei";
    hint_document: "A PDF, an image, a text or a Word file of at most 10 MiB.", "PDF, चित्र, टेक्स्ट या Word फ़ाइल, अधिकतम 10 MiB।", "PDF, 이미지, 텍스트 또는 Word 파일, 최대 10 MiB", "Ein PDF, ein Bild, ein Text oder eine Word-Datei mit höchstens 10 MiB.";
    missing_document: "Choose a file", "फ़ाइल चुनें", "파일을 선택하세요", "Wählen Sie eine Datei";
    error_invalid_type: "The file must be a PDF, an image, a text or a Word file", "फ़ाइल PDF, चित्र, टेक्स्ट या Word होनी चाहिए", "PDF, 이미지, 텍스트 또는 Word 파일이어야 합니다", "Die Datei muss ein PDF, ein Bild, ein Text oder eine Word-Datei sein";
    error_max_size: "The file must be smaller than {limit}", "फ़ाइल {limit} से छोटी होनी चाहिए", "파일은 {limit}보다 작아야 합니다", "Die Datei muss kleiner als {limit} sein";
    error_empty: "The file is empty", "फ़ाइल ख़ाली है", "빈 파일입니다", "Die Datei ist leer";
    error_not_stored: "The file could not be stored. Choose it again in a few minutes", "फ़ाइल सहेजी नहीं जा सकी। कुछ मिनट बाद उसे फिर से चुनें", "파일을 저장하지 못했습니다. 몇 분 후에 다시 선택하세요", "Die Datei konnte nicht gespeichert werden. Wählen Sie sie in einigen Minuten noch einmal aus";
    error_gone: "The file is no longer here. Choose it again", "फ़ाइल अब यहाँ नहीं है। उसे फिर से चुनें", "파일이 더 이상 없습니다. 다시 선택하세요", "Die Datei ist nicht mehr da. Wählen Sie sie noch einmal aus";
    error_no_room: "{label}: at most {limit} characters, as there is no room for more", "{label}: अधिकतम {limit} अक्षर, इससे ज़्यादा की जगह नहीं है", "{label}: 공간이 부족하여 최대 {limit}자까지 입력할 수 있습니다", "{label}: höchstens {limit} Zeichen, für mehr ist kein Platz";
    error_max_length: "{label}: at most {limit} characters", "{label}: अधिकतम {limit} अक्षर", "{label}: 최대 {limit}자", "{label}: höchstens {limit} Zeichen";
    error_invalid_choice: "Choose one of the options", "विकल्पों में से एक चुनें", "선택지 중에서 고르세요", "Wählen Sie eine der Möglichkeiten";
    error_null_characters_not_allowed: "{label} has characters that are not allowed", "{label} में अमान्य अक्षर हैं", "{label}에 사용할 수 없는 문자가 있습니다", "{label} enthält unzulässige Zeichen";
    error_control_characters_not_allowed: "{label} has characters that are not allowed", "{label} में अमान्य अक्षर हैं", "{label}에 사용할 수 없는 문자가 있습니다", "{label} enthält unzulässige Zeichen";
    yes: "Yes", "हाँ", "예", "Ja";
    no: "No", "नहीं", "아니요", "Nein";
    not_provided: "Not provided", "नहीं दिया गया", "입력하지 않음", "Keine Angabe";
    registered: "Welcome, {name}. You are our customer number {number}.", "स्वागत है, {name}। आप हमारे ग्राहक संख्या {number} हैं।", "{name} 님, 환영합니다. 고객 번호는 {number}번입니다.", "Willkommen, {name}. Ihre Kundennummer ist {number}.";
    thanked: "Your opinion is number {number} in our book.", "आपकी राय हमारी पुस्तक में संख्या {number} है।", "고객님의 의견은 {number}번째로 기록되었습니다.", "Ihre Meinung steht als Nummer {number} in unserem Buch.";
    handed_in: "We keep “{name}” for you.", "हम “{name}” आपके लिए रखते हैं।", "“{name}” 문서를 보관합니다.", "Wir bewahren „{name}“ für Sie auf.";
    not_handed_in: "That could not be stored just now. Nothing is lost; please try again.", "इसे अभी सहेजा नहीं जा सका। कुछ खोया नहीं है; फिर कोशिश करें।", "지금은 저장하지 못했습니다. 잃어버린 것은 없으니 다시 시도해 주세요.", "Das konnte gerade nicht abgelegt werden. Nichts ist verloren; bitte versuchen Sie es noch einmal.";

    // What was handed in.
    your_documents: "Your documents", "आपके दस्तावेज़", "내 문서", "Ihre Dokumente";
    documents_empty: "You have handed in nothing yet. Only you see what you hand in here.", "आपने अभी कुछ जमा नहीं किया है। यहाँ जमा किया हुआ केवल आप देखते हैं।", "아직 제출한 문서가 없습니다. 제출한 문서는 본인만 볼 수 있습니다.", "Sie haben noch nichts abgegeben. Was Sie hier abgeben, sehen nur Sie.";
    download: "Download", "डाउनलोड", "내려받기", "Herunterladen";
    services: "Services", "सेवाएँ", "서비스", "Service";
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
