"""Rules about data: item definitions, input and output sets, data associations (§10.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from opsflow.engine.document import Document, bpmn, local, reference, text_of
from opsflow.engine.model import Model
from opsflow.engine.rule import Check, Remark, error
from opsflow.engine.rules.walk import at_element

_REFERRING = frozenset({"itemSubjectRef", "itemRef", "dataObjectRef", "dataStoreRef"})
_REFERRING_ELEMENTS = frozenset(
    {
        "dataInputRefs",
        "dataOutputRefs",
        "optionalInputRefs",
        "optionalOutputRefs",
        "whileExecutingInputRefs",
        "whileExecutingOutputRefs",
        "inputSetRefs",
        "outputSetRefs",
        "inMessageRef",
        "outMessageRef",
        "supportedInterfaceRef",
    }
)


def _collection(model: Model) -> Iterator[Remark]:
    for document in _document(model):
        for data in document.all("dataInput", "dataOutput", "dataObject"):
            item = document.referred(data, "itemSubjectRef")
            if item is not None and _is_collection(item) != _is_collection(data):
                yield at_element(data, f"it and its item definition {item.get('id')!r} disagree")


def _is_collection(element: etree._Element) -> bool:
    return element.get("isCollection") in ("true", "1")


def _set_members(model: Model) -> Iterator[Remark]:
    for document in _document(model):
        for kind, name in (("inputSet", "Input"), ("outputSet", "Output")):
            for data_set in document.all(kind):
                members = set(_references(data_set, f"data{name}Refs"))
                for special in (f"optional{name}Refs", f"whileExecuting{name}Refs"):
                    for named in set(_references(data_set, special)) - members:
                        yield at_element(data_set, f"{special} names {named!r}, no member of it")


def _set_pairs(model: Model) -> Iterator[Remark]:
    """Input and output sets that refer to each other do so both ways."""
    for document in _document(model):
        pairs = {
            (data_set.get("id"), named)
            for data_set in document.all("inputSet", "outputSet")
            for named in _paired(data_set)
        }
        for data_set in document.all("inputSet", "outputSet"):
            for named in _paired(data_set):
                if (named, data_set.get("id")) not in pairs:
                    message = f"it refers to {named!r}, which does not refer back to it"
                    yield at_element(data_set, message)


def _paired(data_set: etree._Element) -> list[str]:
    """The sets of the other kind that a set refers to."""
    return _references(
        data_set, "inputSetRefs" if local(data_set) == "outputSet" else "outputSetRefs"
    )


def _association_ends(model: Model) -> Iterator[Remark]:
    for document in _document(model):
        for association in document.all("dataOutputAssociation"):
            target = _end(document, association, "targetRef")
            if target is not None and local(target) == "dataInput":
                yield at_element(association, "a data input is its target")
        for association in document.all("dataInputAssociation"):
            for ref in association.iterfind(bpmn("sourceRef")):
                source = document.find(reference(text_of(ref)))
                if source is not None and local(source) == "dataOutput":
                    yield at_element(association, "a data output is its source")


def _inner_ends(model: Model) -> Iterator[Remark]:
    """The end of an association on the side of its activity or event is data of that one."""
    for document in _document(model):
        for kind, ref, own in (
            ("dataInputAssociation", "targetRef", "dataInput"),
            ("dataOutputAssociation", "sourceRef", "dataOutput"),
        ):
            for association in document.all(kind):
                inner = _end(document, association, ref)
                if inner is None or local(inner) not in ("dataInput", "dataOutput"):
                    continue
                if local(inner) != own:
                    yield at_element(association, f"its {ref} is a {local(inner)}, no {own}")
                elif association.getparent() not in list(inner.iterancestors()):
                    message = f"its {ref} {inner.get('id')!r} is that of another element"
                    yield at_element(association, message)


def _in_no_set(model: Model) -> Iterator[Remark]:
    for document in _document(model):
        for kind in ("Input", "Output"):
            named = {
                one
                for data_set in document.all(f"{kind.lower()}Set")
                for one in _references(data_set, f"data{kind}Refs")
            }
            for specification in document.all("ioSpecification"):
                for data in specification.iterfind(bpmn(f"data{kind}")):
                    if data.get("id") not in named:
                        yield at_element(data, f"it is in no {kind.lower()} set")


def _unresolved(model: Model) -> Iterator[Remark]:
    for document in _document(model):
        for element in document.root.iter(bpmn("*")):
            for name in _REFERRING & {str(attribute) for attribute in element.attrib}:
                yield from _unresolved_one(document, element, name, element.get(name))
            if local(element) in _REFERRING_ELEMENTS:
                yield from _unresolved_one(document, element, local(element), element.text)


def _unresolved_one(
    document: Document, element: etree._Element, name: str, written: str | None
) -> Iterator[Remark]:
    """A prefix of another namespace than the file's leads out of it, to where nobody looks."""
    prefix, colon, _ = (written or "").strip().rpartition(":")
    outside = element.nsmap.get(prefix) != document.root.get("targetNamespace")
    if not (colon and outside) and document.find(reference(written)) is None:
        yield at_element(element, f"its {name} refers to {written!r}, which is not there")


def _end(document: Document, association: etree._Element, name: str) -> etree._Element | None:
    return document.find(reference(text_of(association.find(bpmn(name)))))


def _operation_data(model: Model) -> Iterator[Remark]:
    """Service and send tasks that invoke an operation carry its messages as data."""
    for document in _document(model):
        for task in document.all("serviceTask", "sendTask"):
            operation = document.referred(task, "operationRef")
            if operation is not None:
                for message in _operation_breaches(document, task, operation):
                    yield at_element(task, message)


def _operation_breaches(
    document: Document, task: etree._Element, operation: etree._Element
) -> Iterator[str]:
    inputs, outputs = _data(task, "dataInput"), _data(task, "dataOutput")
    if len(_data(task, "inputSet")) != 1:
        yield "it invokes an operation, and has not exactly one input set"
    elif local(task) == "serviceTask" and len(_data(task, "outputSet")) > 1:
        yield "it invokes an operation, and has several output sets"
    elif len(inputs) != 1:
        yield "it invokes an operation, and has not exactly one data input"
    else:
        yield from _mismatch(document, inputs[0], operation, "inMessageRef")
    has_answer = operation.find(bpmn("outMessageRef")) is not None
    if has_answer and len(outputs) == 1:
        yield from _mismatch(document, outputs[0], operation, "outMessageRef")


def _received_data(model: Model) -> Iterator[Remark]:
    for document in _document(model):
        for task in document.all("receiveTask"):
            for name, words in (("outputSet", "output sets"), ("dataOutput", "data outputs")):
                if len(_data(task, name)) > 1:
                    yield at_element(task, f"it has several {words}, and receives one message")


def _binding_types(model: Model) -> Iterator[Remark]:
    for document in _document(model):
        for binding in document.all("ioBinding"):
            operation = document.referred(binding, "operationRef")
            if operation is None:
                continue
            for attribute, message in (
                ("inputDataRef", "inMessageRef"),
                ("outputDataRef", "outMessageRef"),
            ):
                data = document.referred(binding, attribute)
                if data is not None:
                    for text in _mismatch(document, data, operation, message):
                        yield at_element(binding, text)


def _mismatch(
    document: Document, data: etree._Element, operation: etree._Element, message_ref: str
) -> Iterator[str]:
    """Whether data and the operation's message are of one item definition or structure."""
    message = document.find(reference(text_of(operation.find(bpmn(message_ref)))))
    if message is None or message.get("itemRef") is None or data.get("itemSubjectRef") is None:
        return
    if not _same_item(document, data.get("itemSubjectRef"), message.get("itemRef")):
        yield f"the item of {data.get('id')!r} is not that of the message {message.get('name')!r}"


def _same_item(document: Document, first: str | None, second: str | None) -> bool:
    if reference(first) == reference(second):
        return True
    one, other = document.find(reference(first)), document.find(reference(second))
    structure = one.get("structureRef") if one is not None else None
    return structure is not None and other is not None and structure == other.get("structureRef")


def _loop_item(model: Model) -> Iterator[Remark]:
    """The item of a multi-instance loop is one element of the collection it goes over."""
    for document in _document(model):
        for loop in document.all("multiInstanceLoopCharacteristics"):
            for ref, item in (
                ("loopDataInputRef", "inputDataItem"),
                ("loopDataOutputRef", "outputDataItem"),
            ):
                collection = _end(document, loop, ref)
                element = loop.find(bpmn(item))
                if collection is not None and element is not None:
                    for message in _item_breaches(document, collection, element):
                        yield at_element(loop, message)


def _item_breaches(
    document: Document, collection: etree._Element, element: etree._Element
) -> Iterator[str]:
    whole = document.referred(collection, "itemSubjectRef")
    one = document.referred(element, "itemSubjectRef")
    if whole is None or one is None:
        return
    if _is_collection(one):
        yield f"its {local(element)} is itself a collection"
    if whole.get("structureRef") != one.get("structureRef"):
        yield f"its {local(element)} is of another structure than the collection"


def _document(model: Model) -> Iterable[Document]:
    return () if model.document is None else (model.document,)


def _data(task: etree._Element, name: str) -> list[etree._Element]:
    return list(task.iterfind(f"{bpmn('ioSpecification')}/{bpmn(name)}"))


def _references(element: etree._Element, name: str) -> list[str]:
    return [reference(text_of(child)) or "" for child in element.iterfind(bpmn(name))]


CHECKS: tuple[Check, ...] = (
    Check(
        error(
            "bpmn.data.collection",
            "Data and its item definition agree on whether it is a collection.",
            "Set isCollection to the same value on both.",
            "BPMN 2.0.2 §10.4.1",
        ),
        _collection,
    ),
    Check(
        error(
            "bpmn.data.set-member",
            "Optional inputs and outputs of a set are members of the set.",
            "List them among the set's data too.",
            "BPMN 2.0.2 §10.4.1",
        ),
        _set_members,
    ),
    Check(
        error(
            "bpmn.data.set-pair",
            "Input and output sets that belong together refer to each other.",
            "Write the reference on both sides.",
            "BPMN 2.0.2 §10.4.1",
        ),
        _set_pairs,
    ),
    Check(
        error(
            "bpmn.data.association-end",
            "A data association leads into inputs and out of outputs.",
            "Use a data output of the process, or a data object.",
            "BPMN 2.0.2 §10.4.2",
        ),
        _association_ends,
    ),
    Check(
        error(
            "bpmn.data.association-own",
            "A data association leads to an input, or from an output, of its own activity or "
            "event.",
            "Refer to the data of the element that contains the association.",
            "BPMN 2.0.2 §10.4.2",
        ),
        _inner_ends,
    ),
    Check(
        error(
            "bpmn.data.set",
            "Every data input is in an input set, and every data output in an output set.",
            "List it in the set.",
            "BPMN 2.0.2 §10.4.1",
        ),
        _in_no_set,
    ),
    Check(
        error(
            "bpmn.data.reference",
            "The items, data and messages that data refers to are in the file.",
            "Declare what is referred to, or remove the reference.",
            "BPMN 2.0.2 §8.2, §10.4.1",
        ),
        _unresolved,
    ),
    Check(
        error(
            "bpmn.data.operation",
            "A task that invokes an operation has its messages as data.",
            "Give the task one data input and output of the messages' items, or use a topic.",
            "BPMN 2.0.2 §10.3.3",
        ),
        _operation_data,
    ),
    Check(
        error(
            "bpmn.data.received",
            "A receive task has at most one data output and one output set.",
            "Remove the other ones.",
            "BPMN 2.0.2 §10.3.3",
        ),
        _received_data,
    ),
    Check(
        error(
            "bpmn.data.binding",
            "Bound data is of the item of the operation's message.",
            "Use the same item definition for both.",
            "BPMN 2.0.2 §10.4.1, §10.3.6",
        ),
        _binding_types,
    ),
    Check(
        error(
            "bpmn.data.loop-item",
            "The item of a loop is an element of the collection.",
            "Give the item a definition of the same structure that is no collection.",
            "BPMN 2.0.2 §10.3.8",
        ),
        _loop_item,
    ),
)
