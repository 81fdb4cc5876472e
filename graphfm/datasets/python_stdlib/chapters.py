"""The chapters of the Python library reference, as of Python 3.13, and the modules each one documents.

Three departures make the chapters a clean set of classes. A module filed under "Superseded Modules" takes the chapter
of its subject, because being superseded is not a subject. A private helper takes the chapter of the documented module
it serves. Chapters whose modules have no Python source (built-in types, Windows services) are absent.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Chapter(NamedTuple):
    """One chapter: its title, a sentence on its subject, and its modules as dotted names (submodules follow)."""

    title: str
    description: str
    modules: str


CHAPTERS = (
    Chapter(
        "Text Processing Services",
        "Manipulating strings: regular expressions, templates, wrapping, comparing texts and completing input.",
        "string re sre_compile sre_constants sre_parse difflib textwrap stringprep rlcompleter",
    ),
    Chapter(
        "Binary Data Services",
        "Packing values into bytes, and the registry of text encodings with its codecs.",
        "struct codecs encodings",
    ),
    Chapter(
        "Data Types",
        "Specialised types: dates and times, containers, queues on heaps, enumerations, weak references, copying.",
        "datetime _pydatetime _strptime zoneinfo calendar collections _collections_abc heapq bisect weakref "
        "_weakrefset types copy pprint reprlib enum graphlib",
    ),
    Chapter(
        "Numeric and Mathematical Modules",
        "Numbers and mathematics: decimal and rational arithmetic, random numbers and statistics.",
        "numbers decimal _pydecimal _pylong fractions random statistics",
    ),
    Chapter(
        "Functional Programming Modules",
        "Functions that act on or return other functions: partial application, caching, and operators as functions.",
        "functools operator",
    ),
    Chapter(
        "File and Directory Access",
        "Paths, directories and files on disk: finding, comparing, copying, and temporary files.",
        "pathlib posixpath ntpath genericpath stat filecmp tempfile glob fnmatch linecache shutil",
    ),
    Chapter(
        "Data Persistence",
        "Storing Python objects on disk: serialisation and small databases.",
        "pickle _compat_pickle copyreg shelve dbm sqlite3",
    ),
    Chapter(
        "Data Compression and Archiving",
        "Compressing data and reading or writing archives such as zip and tar.",
        "gzip bz2 lzma _compression zipfile tarfile",
    ),
    Chapter(
        "File Formats",
        "Parsing and writing miscellaneous file formats, among them comma-separated values and configuration files.",
        "csv configparser tomllib netrc plistlib xdrlib",
    ),
    Chapter(
        "Cryptographic Services",
        "Secure hashes, message authentication, password hashing and secret tokens.",
        "hashlib hmac secrets crypt",
    ),
    Chapter(
        "Generic Operating System Services",
        "Operating system interfaces found on nearly every platform: processes, streams, logging, foreign functions.",
        "os io _pyio logging platform ctypes",
    ),
    Chapter(
        "Command-Line Interface Libraries",
        "Building command-line and terminal programs: parsing arguments, reading passwords, drawing on the screen.",
        "argparse optparse getopt getpass fileinput curses cmd",
    ),
    Chapter(
        "Concurrent Execution",
        "Running code at the same time: threads, processes, executors, subprocesses and queues.",
        "threading _threading_local multiprocessing concurrent subprocess sched queue contextvars",
    ),
    Chapter(
        "Networking and Interprocess Communication",
        "Low-level communication between programs: sockets, encryption of connections, event loops and signals.",
        "asyncio asynchat asyncore socket ssl selectors signal",
    ),
    Chapter(
        "Internet Data Handling",
        "Data formats in common use on the internet: electronic mail, MIME, JSON and text encodings of bytes.",
        "email json mailbox mailcap mimetypes base64 binhex quopri uu",
    ),
    Chapter(
        "Structured Markup Processing Tools",
        "Parsing and producing HTML and XML documents.",
        "html _markupbase xml",
    ),
    Chapter(
        "Internet Protocols and Support",
        "Clients and servers of internet protocols: HTTP, FTP, mail transfer, URLs, remote procedure calls, addresses.",
        "webbrowser wsgiref urllib nturl2path http ftplib poplib imaplib smtplib smtpd nntplib telnetlib uuid "
        "socketserver xmlrpc ipaddress cgi cgitb",
    ),
    Chapter(
        "Multimedia Services",
        "Audio and image files, and conversion between colour systems.",
        "wave aifc sunau chunk sndhdr imghdr colorsys",
    ),
    Chapter(
        "Internationalization",
        "Translating messages and formatting by language and region.",
        "gettext locale",
    ),
    Chapter(
        "Graphical User Interfaces with Tk",
        "Windows, widgets, dialogs and drawing on the screen with the Tk toolkit, turtle graphics included.",
        "tkinter turtle",
    ),
    Chapter(
        "Development Tools",
        "Writing and testing software: type hints, documentation generation, unit tests and mock objects.",
        "typing pydoc doctest unittest",
    ),
    Chapter(
        "Debugging and Profiling",
        "Stepping through programs, analysing stack frames, and measuring time, calls and memory.",
        "bdb pdb profile cProfile pstats timeit trace tracemalloc",
    ),
    Chapter(
        "Software Packaging and Distribution",
        "Building, installing and publishing Python software, and virtual environments.",
        "distutils ensurepip venv zipapp",
    ),
    Chapter(
        "Python Runtime Services",
        "Services of the interpreter and its environment: warnings, contexts, tracebacks, introspection, start-up.",
        "sysconfig _aix_support _osx_support _android_support _ios_support _bootsubprocess warnings dataclasses "
        "contextlib abc _py_abc traceback _colorize __future__ inspect site _sitebuiltins",
    ),
    Chapter(
        "Custom Python Interpreters",
        "Writing interactive interpreters that read, compile and run Python statements.",
        "code codeop _pyrepl",
    ),
    Chapter(
        "Importing Modules",
        "The import system: finding, loading and running modules, their resources and package metadata.",
        "zipimport pkgutil modulefinder runpy importlib imp",
    ),
    Chapter(
        "Python Language Services",
        "Tools for the Python language itself: tokens, syntax trees, symbol tables, compiling and disassembling.",
        "ast symtable token keyword tokenize tabnanny pyclbr py_compile compileall dis opcode _opcode_metadata "
        "pickletools",
    ),
    Chapter(
        "Unix Specific Services",
        "Features of Unix-like systems: terminal control, pseudo-terminals, pipelines and shell syntax.",
        "shlex tty pty pipes",
    ),
)

_CHAPTER_OF = {module: index for index, chapter in enumerate(CHAPTERS) for module in chapter.modules.split()}


@cache
def chapter_of(module: str) -> int:
    """Index into `CHAPTERS` of a module or of the nearest package around it; -1 where no chapter treats it.

    >>> CHAPTERS[chapter_of("json.encoder")].title
    'Internet Data Handling'
    >>> chapter_of("this")
    -1
    """
    if module in _CHAPTER_OF:
        return _CHAPTER_OF[module]
    package = module.rpartition(".")[0]
    return chapter_of(package) if package else -1
