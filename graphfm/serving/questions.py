"""What may be asked, and how much at once: everything that comes is one of these, or is refused in words."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

#: Bytes of a request, texts or questions in it, answers to a question, characters of a name and of a text.
BODY, MANY, TOP, NAME, TEXT = 1 << 20, 64, 1000, 1000, 50_000

Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME)]


class Strict(BaseModel):
    """Base: no unknown fields, no text where a number belongs."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Question(Strict):
    """The best answers to (head, relation, ?) or (?, relation, tail)."""

    relation: Name = Field(description="Identifier or label.", examples=["causes"])
    head: Name | None = Field(None, description="Identifier or label; its tail is asked for.", examples=["virus"])
    tail: Name | None = Field(None, description="In place of the head, which is then asked for.")
    top: int = Field(10, ge=1, le=TOP, description="Answers.")
    new: bool = Field(False, description="Leave out triples that the graph has.")


class Questions(Strict):
    """Several questions, answered together."""

    questions: list[Question] = Field(min_length=1, max_length=MANY)


class Why(Strict):
    """The paths behind an answer."""

    head: Name
    relation: Name
    tail: Name
    top: int = Field(5, ge=1, le=50, description="Paths.")


class NewText(Strict):
    """A text that comes to the graph, with its neighbours there."""

    text: str = Field(max_length=TEXT)
    neighbours: list[int | Name] = Field(
        default_factory=list, max_length=NAME, description="Ids of nodes of the graph, or of texts of this request."
    )
    id: Name | None = Field(None, description="What other texts of this request call it.")


class NewTexts(Strict):
    """Texts to classify among the classes that the service was started with."""

    texts: list[NewText] = Field(min_length=1, max_length=MANY)
    top: int = Field(3, ge=1, le=TOP, description="Classes to name for each text, at most as many as there are.")


class AnswerRow(BaseModel):
    """One answer: an entity, how it scores among all, whether the graph says it already, and the probabilities there are."""

    id: str
    label: str
    score: float
    rank: float
    known: bool
    p_true: float | None = None
    p_beats_random: float | None = None


class AnswerRows(BaseModel):
    """A question as it was understood, and its answers, best first."""

    question: str
    answers: list[AnswerRow]


class ManyAnswers(BaseModel):
    """To each question its answers, or what is wrong with it."""

    results: list[dict[str, Any]]


class Paths(BaseModel):
    """What led to an answer: paths by weight, each edge as from, relation, to, and whether it is walked forwards."""

    triple: list[str]
    known: bool
    score: float
    rank: float
    entities: int
    paths: list[dict[str, Any]]
    lengths: dict[str, float]


class ClassRows(BaseModel):
    """To each text its classes, best first, and how many of its neighbours were heard."""

    results: list[dict[str, Any]]


class Refusal(BaseModel):
    """What was found, what was expected, what to do."""

    error: str
    found: str | None = None
    expected: str | None = None
    hint: str | None = None
