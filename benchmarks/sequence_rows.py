"""The rows of `sequences.py`: what networks for sequences are used for, and what each was asked to reach."""

from __future__ import annotations

from sequences import Row

ROWS = {
    "sentiment": Row("bag of embeddings on film reviews", "17-sentiment", "accuracy", "≥ .75", least=0.75),
    "spam": Row("TextCNN on short messages", "18-spam", "f1_spam", "≥ .93", least=0.93),
    "writing": Row("GPT, words of a small grammar", "19-writing", "result", "below a bigram model"),
    "Shakespeare": Row(
        "GPT, letter by letter; nats", "20-shakespeare", "loss", "≤ 1.75 nats", most=1.75, part="validation"
    ),
    "made names": Row("tags of a grammar's sentences", "25-which-paris", "f1", "≥ .95", least=0.95),
    "new names": Row("BiLSTM, names in messages", "26-new-names", "result", "above the most frequent tag"),
    "passengers": Row("linear forecast, airline passengers", "27-passengers", "mase", "< 1", most=0.9999),
    "cold days": Row("GRU forecast, temperatures", "28-cold-days", "mase", "< 1", most=0.9999),
    "births": Row(
        "GRU forecast, girls born a day",
        "28-cold-days",
        "mase",
        "< 1",
        most=0.9999,
        changes=("data.which=daily female births",),
    ),
    "sunspots": Row(
        "GRU forecast, sunspots of a month",
        "28-cold-days",
        "mase",
        "< 1",
        most=0.9999,
        changes=("data.which=monthly sunspots",),
    ),
    "digits": Row("2-D CNN on log-mel spectrograms", "29-spoken-digits", "accuracy", "≥ .95", least=0.95),
    "speakers": Row("which of six persons speaks", "30-who-speaks", "accuracy", "≥ .95", least=0.95),
    "gaps": Row("BERT, hidden words of reviews; nats", "21-fill-the-gap", "result", "below a unigram"),
    "from scratch": Row("its trunk with a class, begun by chance", "22-fine-tune", "accuracy", "–"),
    "fine-tuned": Row("begun with BERT's weights", "22-fine-tune", "accuracy", "≥ from scratch", begin="gaps"),
    "backwards": Row("transformer, digit strings reversed", "23-backwards", "exact", "≥ .99", least=0.99),
    "translation": Row("transformer, English to French", "24-translation", "bleu", "≥ 20", least=20.0),
    "digits written": Row("CTC, single digits", "31-hear-digits", "wer", "≤ .10", most=0.10),
    "strings written": Row(
        "CTC, strings of one to five digits",
        "31-hear-digits",
        "wer",
        "≤ .2",
        most=0.2,
        changes=("data.digits=5", "training.epochs=10"),
    ),
    "an unknown voice": Row(
        "CTC, single digits of a speaker never heard",
        "31-hear-digits",
        "wer",
        "reported",
        changes=("data.speaker_apart=theo",),
    ),
    "toy tunes": Row("LSTM, made tunes", "32-tunes", "result", "below a bigram model"),
    "folk tunes": Row("LSTM, Nottingham", "33-folk-tunes", "result", "below a bigram model"),
    "chorales": Row("LSTM, Bach's chorales", "34-chorales", "result", "below a bigram model"),
}
