"""Permission lists of Android packages: AndroidManifest.xml as text, and what `aapt` prints.

A manifest says what an app requests, never what it reads. Every `uses-permission` counts, also one
for newer systems only (`uses-permission-sdk-23`) or for older ones only (`maxSdkVersion`): which
phone a reader of the numbers has is not known. A permission an app defines is no request.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

ANDROID = "{http://schemas.android.com/apk/res/android}"
ASKING = ("uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m")
_LINE = re.compile(
    r"^(?:uses-permission(?:-sdk-(?:23|m))?):\s*(?:name=)?'?([^'\s]+)'?", re.MULTILINE
)
_PACKAGE = re.compile(r"^package:\s*(?:name=)?'?([^'\s]*)'?", re.MULTILINE)
_CODE = re.compile(r"\bversionCode='(\d*)'")
_NAME = re.compile(r"\bversionName='([^']*)'")


def manifest_record(text: str) -> dict[str, str]:
    """One record from the text of an AndroidManifest.xml.

    Returns
    -------
    dict
        `app`, `version`, `version_code`, `permissions` (joined by ";"); "" where not said.

    Raises
    ------
    ValueError
        If the text is no manifest (the binary form inside a package must be decoded before), or
        declares entities.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("a manifest declares no document type or entities")
    try:
        root = ElementTree.fromstring(text.lstrip("\ufeff \n\r\t"))
    except ElementTree.ParseError as fault:
        raise ValueError(f"it is not XML: {fault}") from None
    if root.tag != "manifest":
        raise ValueError(f"its first element is <{root.tag}>, not <manifest>")
    asked = [entry.get(ANDROID + "name", "") for tag in ASKING for entry in root.iter(tag)]
    return _record(
        root.get("package", ""),
        root.get(ANDROID + "versionName", ""),
        root.get(ANDROID + "versionCode", ""),
        asked,
    )


def aapt_record(text: str) -> dict[str, str]:
    """One record from what ``aapt dump permissions`` or ``aapt dump badging`` prints.

    Raises
    ------
    ValueError
        If no line names the package.
    """
    text = text.replace("\r\n", "\n")
    package = _PACKAGE.search(text)
    if package is None:
        raise ValueError("no line starts with 'package:'")
    head = text[package.start() :].split("\n", 1)[0]
    code, name = _CODE.search(head), _NAME.search(head)
    return _record(
        package[1], name[1] if name else "", code[1] if code else "", _LINE.findall(text)
    )


def _record(app: str, version: str, code: str, permissions: list[str]) -> dict[str, str]:
    asked = [name.strip() for name in permissions if name.strip()]
    if any(";" in name for name in asked):
        raise ValueError("the name of a permission holds ';'")
    return {
        "app": app.strip(),
        "version": version.strip(),
        "version_code": code.strip(),
        "permissions": ";".join(asked),
    }
