"""What a family of link models is: all that the rest of graphfm asks of one kind of model and not of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from torch import Tensor, nn

from graphfm.datasets.triples.graph import Triples
from graphfm.kg.paths.explanation import Explanation, explain

if TYPE_CHECKING:
    from graphfm.kg.paths.reasoner import Reasoner

#: ``(facts, (head, rel, tail), *, top, known) -> Explanation``, see `graphfm.kg.paths.explanation.explain`.
Explainer = Callable[..., Explanation]


class Named(NamedTuple):
    """What the name of a model means in its family.

    Args:
        name: of the model as it is kept and printed.
        make: declares the options of this model in its signature; None for a model without any.
        options: names of those of its parameters that a user sets.
        implied: options that the name implies: RotH is ``Hyperbolic`` with ``kind="rotation"``.
        trained_with: settings of its training where a user gives none.
    """

    name: str
    make: Callable[..., Any] | None = None
    options: tuple[str, ...] = ()
    implied: Mapping[str, Any] = MappingProxyType({})
    trained_with: Mapping[str, Any] = MappingProxyType({})


class Family:
    """A kind of link model: how it is named, built, shown a graph, placed on other names, and trained.

    A subclass is one file. Its only instance, which has no state, stands in the table of `graphfm.models.families`, or is
    declared by another package as an entry point of the group ``graphfm.families``.

    A model of the family is a module `model(facts, head (B,), rel (B,)) -> scores (B, V)`, where it returns a tuple, its
    first item; `facts` is what `observe` gave, and relations from R on are inverse ones.
    """

    #: What files call the family; it never changes.
    kind: ClassVar[str]
    #: A model from plain values, which a file keeps beside its weights; the signature declares them.
    build: ClassVar[Callable[..., nn.Module]]
    #: ``module:class`` of the `graphfm.training.links.link_task.LinkTask` that trains the family, imported when it is to.
    task: ClassVar[str]
    #: The argument of `build` and of the task that takes a model's name, for a family of several; that of the model's own
    #: options is called ``..._options``.
    named_by: ClassVar[str | None] = None
    #: Settings of `graphfm.training.links.link_data.LinkData` that suit the family, where the user says nothing.
    data: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    #: What `graphfm.tune` varies, where the user says nothing: a setting and the values it may have.
    search: ClassVar[Mapping[str, str]] = MappingProxyType({"lr": "log:1e-4:1e-1"})
    #: Whether it answers about relations that no triple of its training had.
    new_relations: ClassVar[bool] = False

    def models(self) -> Mapping[str, Named]:
        """The names of its models as papers write them; they are found whatever their case and hyphens."""
        raise NotImplementedError

    def check_data(self, name: str, settings: Mapping[str, Any]) -> None:
        """Refuse settings of the data module that do not go with the model of this name.

        Raises:
            DataError: the first one.
        """

    def new_entities(self, settings: Mapping[str, Any]) -> bool:
        """Whether a model of these settings answers about entities that it was not trained on."""
        return False

    def needs_triples(self, settings: Mapping[str, Any]) -> bool:
        """Whether a model of these settings knows nothing of an entity without a triple: neither a text nor paths."""
        return False

    def observe(self, model: nn.Module, graph: Triples) -> Any:
        """What a model reads of a graph beside a query, with a method `to(device)`; None where it keeps all in its vectors.

        Args:
            model: built by the family, or placed by it.
            graph: whose training triples are the facts.
        """
        return None

    def about_relation(self, model: nn.Module, facts: Any, graph: Triples, relation: int) -> str:
        """What a user should know who asks for a relation: a sentence, or nothing.

        Args:
            model: that will be asked.
            facts: of `observe`.
            graph: whose training triples are the facts.
            relation: its id.
        """
        return ""

    def reads_relations(self, model: nn.Module) -> bool:
        """Whether a model can answer a relation without facts by its name."""
        return False

    def with_names(self, facts: Any, graph: Triples) -> Any:
        """What `observe` gave, with the names of the relations, of a model that reads them."""
        return facts

    def prepared(self, model: nn.Module, facts: Any, graph: Triples) -> Any:
        """What `observe` gave, with what a model makes of the graph by itself before the first question.

        Args:
            model: that will be asked; it is not changed.
            facts: of `observe`, on the device of the model.
            graph: whose training triples are the facts.
        """
        return facts

    def place(self, model: nn.Module, known: Triples, graph: Triples, *, text_encoder: Any = None) -> nn.Module:
        """A model in the ids of another graph; by default it asks nothing of names, and is itself on every graph.

        Args:
            model: built by the family; it is not changed.
            known: the graph whose ids are the model's.
            graph: the other graph.
            text_encoder: of the entities' texts, where the model reads them.

        Raises:
            DataError: names that the model knows nothing of.
        """
        return model

    def reasoner(self, model: nn.Module) -> Reasoner | None:
        """What follows paths in a model, with gates of its own; None where nothing does."""
        return None

    def explainer(self, model: nn.Module) -> Explainer | None:
        """What finds the paths behind an answer of a model; None where nothing does."""
        reasoner = self.reasoner(model)
        return None if reasoner is None else partial(explain, reasoner)

    def vectors(self, model: nn.Module) -> dict[str, Tensor] | None:
        """``entities (V, D)`` and ``relations (R or 2R, D')`` of a model in its own ids; None where it has none."""
        return None
