"""What all panels have in common, as the SDK wants it."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from grafana_foundation_sdk.builders import common as shared
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common, dashboard

from dashboards.queries import SOURCE, InfluxQuery, lettered

NO_COLOUR = "#767676"
"""Grey: of what is not known."""
Steps = Sequence[tuple[float | None, str]]
Words = Mapping[str, tuple[str, str]]
_B = TypeVar("_B", bound=Builder[dashboard.Panel])


def steps_config(steps: Steps) -> dashboard.ThresholdsConfig:
    """Colours by value, as Grafana keeps them."""
    return dashboard.ThresholdsConfig(
        mode=dashboard.ThresholdsMode.ABSOLUTE,
        steps=[dashboard.Threshold(value=value, color=colour) for value, colour in steps],
    )


def mappings(words: Words | None) -> list[dashboard.ValueMapping]:
    """Words for values, as Grafana keeps them. A value with a bracket is a pattern for all of a text."""
    exact: dict[str, dashboard.ValueMappingResult] = {}
    patterns: list[dashboard.ValueMapping] = []
    for index, (value, (said, colour)) in enumerate((words or {}).items()):
        result = dashboard.ValueMappingResult(text=said, color=colour, index=index)
        if "(" in value:
            found = dashboard.DashboardRegexMapOptions(pattern=value, result=result)
            patterns.append(dashboard.RegexMap(options=found))
        else:
            exact[value] = result
    return [*([dashboard.ValueMap(options=exact)] if exact else []), *patterns]


def absent(said: str) -> dashboard.ValueMapping:
    """Grey words where there is no value."""
    result = dashboard.ValueMappingResult(text=said, color=NO_COLOUR, index=99)
    match = dashboard.SpecialValueMatch.NULL_AND_NAN
    return dashboard.SpecialValueMap(options=dashboard.DashboardSpecialValueMapOptions(match=match, result=result))


def configured(
    unit: str, empty: str, decimals: int | None, steps: Steps, words: Words | None, *, coloured: bool = True
) -> dashboard.FieldConfig:
    """What holds for all fields of a panel."""
    mode = dashboard.FieldColorModeId.THRESHOLDS if coloured else dashboard.FieldColorModeId.PALETTE_CLASSIC
    return dashboard.FieldConfig(
        unit=unit,
        decimals=decimals,
        no_value=empty,
        mappings=mappings(words),
        thresholds=steps_config(steps),
        color=dashboard.FieldColor(mode=mode),
    )


def dressed(builder: _B, title: str, what: str, queries: Sequence[InfluxQuery], config: dashboard.FieldConfig) -> _B:
    """The builder with what every panel has; what it set in its fields' `custom` stays."""
    panel = builder.build()
    panel.title, panel.description, panel.datasource = title, what, SOURCE
    panel.targets = [*lettered(queries)]
    if panel.field_config is None:
        panel.field_config = dashboard.FieldConfigSource()
    config.custom = panel.field_config.defaults.custom
    panel.field_config.defaults = config
    return builder


def legend(calcs: Sequence[str]) -> shared.VizLegendOptions:
    """Below in a line; with `calcs` a table at the right."""
    mode = common.LegendDisplayMode.TABLE if calcs else common.LegendDisplayMode.LIST
    place = common.LegendPlacement.RIGHT if calcs else common.LegendPlacement.BOTTOM
    return shared.VizLegendOptions().display_mode(mode).placement(place).show_legend(True).calcs(list(calcs))


def transform(name: str, options: object) -> dashboard.DataTransformerConfig:
    """A transformation by Grafana's name for it."""
    return dashboard.DataTransformerConfig(id_val=name, options=options)


def organized(order: Sequence[str], without: Sequence[str]) -> dashboard.DataTransformerConfig:
    """A frame's columns in that order, and `without` some."""
    return transform(
        "organize",
        {
            "excludeByName": dict.fromkeys(without, True),
            "indexByName": {name: index for index, name in enumerate(order)},
            "renameByName": {},
        },
    )
