"""r1cli.language.whole: languages that share a script are told apart, and a text is in one language alone."""

from __future__ import annotations

import pytest

from r1cli.language.whole import LANGUAGES, is_written_in

TEXTS = {
    "en": "This is a story about a little boy and his dog.",
    "de": "Das ist eine Geschichte über einen kleinen Jungen und seinen Hund.",
    "fr": "C'est l'histoire d'un petit garçon et de son chien.",
    "es": "Esta es la historia de un niño pequeño y su perro.",
    "pt": "Esta é a história de um menino pequeno e do seu cachorro.",
    "it": "Questa è la storia di un bambino piccolo e del suo cane.",
    "fi": "Tämä on tarina pienestä pojasta ja hänen koirastaan.",
    "vi": "Đây là câu chuyện về một cậu bé và con chó của cậu ấy.",
    "sw": "Hii ni hadithi kuhusu mvulana mdogo na mbwa wake.",
    "ru": "Это сказка о маленьком мальчике и его собаке.",
    "uk": "Це казка про маленького хлопчика та його собаку.",
    "bg": "Това е приказка за едно малко момче и неговото куче.",
    "ar": "هذه قصة عن ولد صغير وكلبه",
    "fa": "این داستان یک پسر کوچک و سگ او است",
    "ur": "یہ ایک چھوٹے لڑکے اور اس کے کتے کی کہانی ہے",
    "hi": "यह एक छोटे लड़के और उसके कुत्ते की कहानी है।",
    "mr": "ही एका लहान मुलाची आणि त्याच्या कुत्र्याची गोष्ट आहे.",
    "ne": "यो एउटा सानो केटा र उसको कुकुरको कथा हो। उनी पनि धेरै राम्रो थिए।",
    "gu": "આ એક નાના છોકરા અને તેના કૂતરાની વાર્તા છે.",
    "pa": "ਇਹ ਇੱਕ ਛੋਟੇ ਮੁੰਡੇ ਅਤੇ ਉਸਦੇ ਕੁੱਤੇ ਦੀ ਕਹਾਣੀ ਹੈ।",
    "ta": "இது ஒரு சிறுவன் மற்றும் அவனது நாயின் கதை.",
    "te": "ఇది ఒక చిన్న అబ్బాయి మరియు అతని కుక్క కథ.",
    "kn": "ಇದು ಒಬ್ಬ ಚಿಕ್ಕ ಹುಡುಗ ಮತ್ತು ಅವನ ನಾಯಿಯ ಕಥೆ.",
    "ml": "ഇത് ഒരു ചെറിയ ആൺകുട്ടിയുടെയും അവന്റെ നായയുടെയും കഥയാണ്.",
    "th": "นี่คือเรื่องราวของเด็กชายตัวเล็กและสุนัขของเขา",
    "ko": "이것은 작은 소년과 그의 개에 대한 이야기입니다.",
    "ja": "これは小さな男の子と彼の犬の物語です。",
    "zh": "这是一个关于小男孩和他的狗的故事。",
}


@pytest.mark.parametrize(("language", "text"), TEXTS.items(), ids=list(TEXTS))
def test_a_text_is_in_its_own_language_and_in_no_other(language: str, text: str) -> None:
    assert [other for other in sorted(LANGUAGES) if is_written_in(text, other)] == [language]


def test_capitals_do_not_change_the_language() -> None:
    assert is_written_in(TEXTS["de"].upper(), "de")
    assert is_written_in(TEXTS["en"].upper(), "en")


def test_a_text_without_letters_is_in_no_language() -> None:
    assert not any(is_written_in("1 + 1 = 2!", language) for language in LANGUAGES)


def test_a_language_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        is_written_in("qo'", "tlh")
