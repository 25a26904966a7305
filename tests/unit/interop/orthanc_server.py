"""A real Orthanc on loopback: own folder, own ports, known to nobody but us, ended on any way out."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from planner.domain.peer import Peer, WebPeer

OURS, THEIRS = "FROSTLINE", "ORTHANC"
WEB_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
_STARTS_WITHIN_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Server:
    """An archive that runs: how to talk with it, and its process."""

    peer: Peer
    moving: Peer
    web: WebPeer
    process: subprocess.Popen
    receive_port: int


@contextmanager
def orthanc(folder: Path, **settings):
    """Start an Orthanc with more settings; it ends with the block."""
    program = shutil.which("Orthanc") or shutil.which("/usr/sbin/Orthanc")
    if program is None:
        pytest.skip("Orthanc (Debian package orthanc) is not installed")
    if not WEB_PLUGIN.exists():
        pytest.skip("the DICOMweb plugin of Orthanc (Debian package orthanc-dicomweb) is not installed")
    (folder / "store").mkdir(parents=True)
    dicom_port, http_port, receive_port = free_port(), free_port(), free_port()
    is_tls = bool(settings.get("SslEnabled"))
    us = {"AET": OURS, "Host": "127.0.0.1", "Port": receive_port}
    allowed = dict.fromkeys(("AllowEcho", "AllowFind", "AllowGet", "AllowMove", "AllowStore"), True)
    configuration = {
        "StorageDirectory": str(folder / "store"),
        "IndexDirectory": str(folder / "store"),
        "Plugins": [str(WEB_PLUGIN)],
        "DefaultEncoding": "Utf8",
        "DicomAet": THEIRS,
        "DicomCheckCalledAet": True,
        "DicomPort": dicom_port,
        "DicomCheckModalityHost": True,  # it listens on every address: only this machine, by title and host, gets in
        "DicomAlwaysAllowEcho": False,
        "DicomAlwaysAllowStore": False,
        "DicomModalities": {"us": us | allowed},
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "OrthancExplorerEnabled": False,
        "WebDavEnabled": False,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": False, "Ssl": is_tls},
    } | settings
    (folder / "orthanc.json").write_text(json.dumps(configuration))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, str(folder / "orthanc.json")], stdout=log, stderr=log)
    try:
        _wait_for(process, (dicom_port, http_port), folder / "log")
        scheme = "https" if is_tls else "http"
        yield Server(
            Peer("Archive", "127.0.0.1", dicom_port, THEIRS, OURS),
            Peer("Archive", "127.0.0.1", dicom_port, THEIRS, OURS, receive_port=receive_port),
            WebPeer("Archive", f"{scheme}://127.0.0.1:{http_port}/dicom-web"),
            process,
            receive_port,
        )
    finally:
        process.kill()
        process.wait()


def _wait_for(process, ports, log):
    for _ in range(_STARTS_WITHIN_S * 10):
        if process.poll() is not None:
            break
        if all(_listens(port) for port in ports):
            return
        time.sleep(0.1)
    pytest.fail(f"Orthanc did not start: {log.read_text(errors='replace')[-2000:]}")


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


STUDY = "1.2.826.0.1.3680043.8.498.77"


def write_series(folder: Path, *, number=1, count=5, syntax=ExplicitVRLittleEndian, side=32, **header):
    """Write a CT series without the program: noise, so that no two slices are alike; returns its files."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(number)
    files = []
    for k in range(count):
        image = pydicom.Dataset()
        image.file_meta = pydicom.dataset.FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.SpecificCharacterSet = "ISO_IR 192"
        image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, f"{STUDY}.{number}.{k + 1}"
        image.StudyInstanceUID, image.SeriesInstanceUID = STUDY, f"{STUDY}.{number}"
        image.FrameOfReferenceUID = f"{STUDY}.9"
        image.PatientName, image.PatientID, image.PatientBirthDate = "Müller^Änne", "P-77", "19611231"
        image.StudyDate, image.StudyTime, image.AccessionNumber, image.StudyID = "20260102", "030405", "ACC9", "S1"
        image.StudyDescription, image.SeriesDescription, image.Modality = "Neck", f"Series {number}", "CT"
        image.SeriesNumber, image.InstanceNumber, image.PatientPosition = number, k + 1, "HFS"
        image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        image.Rows = image.Columns = side
        image.PixelSpacing, image.SliceThickness = [1, 1], 2
        image.ImagePositionPatient, image.ImageOrientationPatient = [0, 0, 2 * k], [1, 0, 0, 0, 1, 0]
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
        image.RescaleIntercept, image.RescaleSlope = -1024, 1
        image.PixelData = noise.integers(0, 2000, (side, side)).astype("<u2").tobytes()
        image["PixelData"].VR = "OW"
        for keyword, value in header.items():
            setattr(image, keyword, value)
        files.append(folder / f"{number}-{k}.dcm")
        with warnings.catch_warnings(action="ignore"):
            if syntax != ExplicitVRLittleEndian:
                image.compress(syntax, generate_instance_uid=False)
            image.save_as(files[-1], enforce_file_format=True)
    return files
