# SPDX-License-Identifier: Apache-2.0
"""The messages and stubs of the API, generated from proto/spiked/v1.

All messages and enums are here by name, e.g. `spiked.v1.Network`; the stubs of
the services are in the modules `*_pb2_grpc`.
"""

try:
    from spiked.v1.change_pb2 import *
    from spiked.v1.error_details_pb2 import *
    from spiked.v1.model_pb2 import *
    from spiked.v1.network_pb2 import *
    from spiked.v1.recording_pb2 import *
    from spiked.v1.server_pb2 import *
    from spiked.v1.session_pb2 import *
    from spiked.v1.stimulus_pb2 import *
    from spiked.v1.upload_pb2 import *
except ModuleNotFoundError as error:
    if not (error.name or "").startswith("spiked.v1."):
        raise
    raise ModuleNotFoundError(
        f"{error.name} has not been generated: install the package with "
        "`pip install ./clients/python` (or `pip install -e` to work on it)",
        name=error.name,
    ) from None
