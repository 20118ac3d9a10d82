"""Every colour and size of the window, from the table in LOOK.md; light and dark.

Contrast is tested: text reaches 4.5 on what it stands on, edges of controls 3. Type sizes are
factors of the system's font size; heights are minimums and grow with the font.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a colour means."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    CALM = "calm"
    ACCENT = "accent"


@dataclass(frozen=True, slots=True)
class Palette:
    """One appearance; colours as #RRGGBB."""

    window: str
    rail: str
    surface: str
    sunken: str
    line: str
    control: str
    text: str
    text2: str
    accent: str
    on_accent: str
    accent_hover: str
    accent_tint: str
    ok: str
    ok_tint: str
    ok_fill: str
    warn: str
    warn_tint: str
    bad: str
    bad_tint: str
    calm: str
    calm_tint: str
    series: tuple[str, str, str, str]

    @property
    def focus_on_accent(self) -> str:
        """The focus ring of the main button, which stands on accent itself."""
        return self.accent_tint

    def tone(self, tone: Tone) -> str:
        """The colour of text and icons in a tone."""
        return str(getattr(self, tone.value))

    def tint(self, tone: Tone) -> str:
        """The ground that a tone's text and icons stand on."""
        return str(getattr(self, f"{tone.value}_tint"))


LIGHT = Palette(
    window="#F4F5F7",
    rail="#EAECEF",
    surface="#FFFFFF",
    sunken="#F0F2F4",
    line="#DADEE3",
    control="#788290",
    text="#1A2027",
    text2="#505A66",
    accent="#2457A6",
    on_accent="#FFFFFF",
    accent_hover="#1C4788",
    accent_tint="#E6EEF9",
    ok="#1B6E42",
    ok_tint="#E4F2EA",
    ok_fill="#479A6C",
    warn="#855300",
    warn_tint="#FBF0D9",
    bad="#A8231B",
    bad_tint="#FBE9E7",
    calm="#4B5663",
    calm_tint="#E9ECEF",
    series=("#2457A6", "#A85B00", "#0B7268", "#8A3D86"),
)

DARK = Palette(
    window="#16181C",
    rail="#1B1E23",
    surface="#212429",
    sunken="#1A1D21",
    line="#353A42",
    control="#79828E",
    text="#E7EAEE",
    text2="#A7B0BB",
    accent="#8DB4EE",
    on_accent="#10233F",
    accent_hover="#A6C5F3",
    accent_tint="#23354F",
    ok="#72C795",
    ok_tint="#1D3428",
    ok_fill="#4C9A70",
    warn="#E5B252",
    warn_tint="#3A2F17",
    bad="#FF978C",
    bad_tint="#452422",
    calm="#B3BBC5",
    calm_tint="#30353C",
    series=("#8DB4EE", "#E8A55A", "#5CC2B4", "#D495D0"),
)


@dataclass(frozen=True, slots=True)
class TrayInk:
    """The colours of the tray's icon on a panel: the tower, the bar, and what fills a badge."""

    tower: str
    bar: str
    warn: str
    bad: str


ON_LIGHT_PANEL = TrayInk(tower="#22272E", bar="#2F6FD0", warn="#B36B00", bad="#C4281E")
ON_DARK_PANEL = TrayInk(tower="#F2F4F6", bar="#8DB4EE", warn="#E5B252", bad="#FF978C")
IN_ONE_COLOUR = TrayInk(tower="#000000", bar="#000000", warn="#000000", bad="#000000")


class Tray:
    """The tray's icon: its sizes in pixels, and how strong what is faint is."""

    SIZES = (16, 22, 24, 32, 48, 64)
    PAUSED = 0.55
    BAR_REST = 0.35
    BAR_STEPS = 32  # the bar moves this often at most; more cannot be seen


class Space:
    """Distances in pixels."""

    TINY = 4
    SMALL = 8
    MEDIUM = 12
    CARD = 16
    CARD_WIDE = 20  # inside the verdict and the running card
    PAGE = 24
    PAGE_TOP = 20


class Radius:
    """Corners in pixels."""

    CHECK = 4
    PIP = 5
    CONTROL = 6
    CARD = 8


class Size:
    """Everything else that is measured in pixels."""

    HAIR = 1
    RING = 2  # focus
    ICON_CHIP = 14
    ICON_BUTTON = 16
    ICON_THING = 20
    ICON_VERDICT = 30
    DISC = 52
    MARK = 20
    PIP = 20
    STEP = 22
    BAR = 8
    BUTTON = 32
    BUTTON_MAIN = 36
    CHIP = 22
    FIELD = 32
    TABLE_ROW = 30
    THING_ROW = 44  # a row of two lines
    RAIL = 200
    RAIL_NARROW = 60  # icons alone
    RAIL_ICON = 18
    NAV_ROW = 36
    SEARCH = 240
    FILTER = 120
    HISTORY = 340  # a table of rows on a page that scrolls
    MARKET_LEAST = 132
    PLOTS = 300
    BESIDE_FROM = 1100  # a page of that width has plots beside its table
    PLOTS_BESIDE_FROM = 740  # below that, one plot stands below the other
    SETTINGS_LIST = 220
    SNAPSHOT_LIST = 292
    SNAPSHOT_LIST_NARROW = 248
    SNAPSHOT_LIST_LEAST = 200
    LISTS_LEAST_BELOW = 740  # a page of that width has its list so narrow
    FEW_COLUMNS_BELOW = 560  # a card of that width shows fewer columns of a table
    NAME_LEAST = 220  # of a file's name, before times beside it are left out
    CHECK = 18
    SCROLL = 12
    SCROLL_HANDLE = 40
    CODE_MOST = 160
    RUN_LEAST = 208  # of what a run was, before what it took is left out
    WHAT_MOST = 280  # what happens to a file in the way, before it is cut
    WHY_MOST = 160  # why a file is left out, before it is cut
    NARROW_RAIL_BELOW = 1000
    WIZARD_RAIL = 264
    START_MOST = 860
    START_CARD = 220
    MARK_START = 48
    WIZARD_MOST = 760
    MARK_WIZARD = 24
    MARK_LINE = 1.5
    STEP_MARK = 24
    STEP_ROW = 56
    RADIO = 18
    PLOT_LINE = 1.75
    PLOT_DOT = 4.0
    PLOT_LEAST = 96
    PLOT_WIDE = 360
    PLOT_HIGH = 160
    BAR_MOST = 24  # a bar of a plot is no wider
    CELL_HIGH = 18
    CELL_LEAST = 3
    CELL_MOST = 24
    LANE = 30
    MARK_HIGH = 14
    MARK_WIDE = 3
    MARK_PIN = 14
    MARK_REACH = 6  # so near to a mark it is meant
    TIME = 72
    MINIMUM_WIDTH = 720
    MINIMUM_HEIGHT = 520
    STACK_BELOW = 1100
    CONTENT_MOST = 1320
    WINDOW = (1180, 780)
    DIALOG_WIDTH = 560
    HELP_WIDTH = 640
    HELP_HEIGHT = 720


class Type:
    """Sizes of text as factors of the system's; nothing goes below `LEAST` pixels."""

    CAPTION = 0.92
    BODY = 1.0
    SECTION = 1.15
    TITLE = 1.55
    TITLE_WIZARD = 1.7
    KEY = 1.25
    VERDICT = 1.7
    LEAST = 12
    SEMIBOLD = 600
    MEDIUM = 500


class Stroke:
    """Line widths of icons, in units of their grid of 24."""

    CHIP = 2.0
    THING = 1.75
    VERDICT = 1.75


class Paper:
    """What is printed: black on white whatever the window wears; lengths in 1/96 inch."""

    INK = "#000000"
    WHITE = "#FFFFFF"
    SOFT = "#45505C"
    RULE = "#788290"
    MARGIN_MM = 17.0
    BODY = 14
    SMALL = 12
    SECTION = 16
    TITLE = 26
    KEY = 29
    QR = 190
    MARK = 30
    GAP = 18
    INDENT = 40
    FOOT = 34
    FIGURE = 20


REFRESH_MS = 250  # the page changes at most four times a second
FADE_MS = 120
