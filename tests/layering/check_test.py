#!/usr/bin/env python3
"""Plants one violation at a time in a small tree: check.py must find each, and nothing in the clean one."""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import check  # noqa: E402

LAYERS = """# comment
base:            | spdlog
model:           base
store:           base model
store/sqlite:    base store | sqlite3
plugin:          base sdk | boost/dll, dl
"""

CLEAN = {
    "core/LAYERS": LAYERS,
    "core/main.cpp": '#include "store/store.hpp"\n',
    "core/base/log.cpp": '#include "base/log.hpp"\n#include <spdlog/spdlog.h>\n',
    "core/base/log.hpp": "namespace fanfare {\ninline void F() {\n    using namespace std;\n}\n}\n",
    "core/model/event.hpp": '#include <string>\n#include "base/log.hpp"\n',
    "core/store/store.hpp": '#include "model/event.hpp"\n',
    "core/store/sqlite/db.cpp": '#include <sqlite3.h>\n#include "store/store.hpp"\n',
    "core/plugin/load.cpp": "#include <boost/dll/shared_library.hpp>\n#include <dlfcn.h>\n#include <fanfare/plugin.h>\n",
    "sdk/include/fanfare/plugin.h": "#include <stdint.h>\n",
    "sdk/include/fanfare/plugin.hpp": "#include <fanfare/plugin.h>\n#include <string_view>\n",
    "plugins/file/file.cpp": "#include <fanfare/plugin.hpp>\n#include <curl/curl.h>\n",
    "tests/unit/base/log_test.cpp": '#include "base/log.hpp"\n',
    "tests/unit/base/CMakeLists.txt": "fanfare_test(base)\n",
}


class Planted(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="fanfare-layering-"))
        self.addCleanup(shutil.rmtree, self.root)
        for name, text in CLEAN.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def expect(self, *parts):
        faults = check.check(self.root)
        self.assertEqual(len(faults), 1, faults)
        for part in parts:
            self.assertIn(part, faults[0])

    def test_a_clean_tree_passes(self):
        self.assertEqual(check.check(self.root), [])

    def test_an_edge_that_layers_does_not_name(self):
        self.write("core/model/event.hpp", '#include <string>\n#include "store/store.hpp"\n')
        self.expect("core/model/event.hpp:2", "model may not include store")

    def test_an_inner_room_is_not_its_outer_one(self):
        self.write("core/store/store.hpp", '#include "store/sqlite/db.hpp"\n')
        self.expect("store may not include store/sqlite")

    def test_an_arrow_that_points_up(self):
        self.write("core/LAYERS", LAYERS.replace("base:            |", "base: store |"))
        self.expect("core/LAYERS:2", "base points to store")

    def test_a_library_in_a_room_that_is_not_its_own(self):
        for header in ("sqlite3.h", "Poco/Net/Socket.h", "curl/curl.h", "toml++/toml.h", "nlohmann/json.hpp", "dlfcn.h",
                       "openssl/evp.h", "boost/dll.hpp", "boost/asio.hpp", "sys/epoll.h", "valijson/schema.hpp", "fmt/core.h"):
            with self.subTest(header):
                self.write("core/model/event.hpp", f"#include <{header}>\n")
                self.expect("core/model/event.hpp:1", "model may not use")

    def test_the_sdk_in_a_room_that_has_no_business_with_it(self):
        self.write("core/model/event.hpp", "#include <fanfare/plugin.h>\n")
        self.expect("model may not include the SDK")

    def test_a_path_that_leaves_the_room(self):
        self.write("core/model/event.hpp", '#include "../store/store.hpp"\n')
        self.expect("write the path from core/")

    def test_a_folder_that_is_no_room(self):
        self.write("core/util/x.cpp", "")
        self.expect("core/util/x.cpp", "no room")

    def test_a_plugin_that_includes_core(self):
        for header in ('"base/log.hpp"', '"../../core/base/log.hpp"', "<store/sqlite/db.hpp>"):
            with self.subTest(header):
                self.write("plugins/file/file.cpp", f"#include {header}\n")
                self.expect("plugins/file/file.cpp:1", "a plugin may not include core")

    def test_an_sdk_header_that_needs_more_than_the_standard(self):
        for header in ("<nlohmann/json.hpp>", '"base/log.hpp"', "<unistd.h>", "<Poco/Net/Socket.h>"):
            with self.subTest(header):
                self.write("sdk/include/fanfare/plugin.hpp", f"#include {header}\n")
                self.expect("sdk/include/fanfare/plugin.hpp:1", "standard library")

    def test_a_file_that_is_too_long(self):
        self.write("core/base/log.cpp", "\n" * 600)
        self.assertEqual(check.check(self.root), [])
        self.write("core/base/log.cpp", "\n" * 601)
        self.expect("core/base/log.cpp:601", "601 lines")

    def test_a_header_that_is_too_long(self):
        self.write("core/base/log.hpp", "\n" * 251)
        self.expect("core/base/log.hpp:251", "the limit is 250")

    def test_using_namespace_in_a_header(self):
        self.write("core/base/log.hpp", "namespace a {\nusing namespace std;\n}\n")
        self.expect("core/base/log.hpp:2", "using namespace")

    def test_a_test_that_is_not_built(self):
        self.write("tests/unit/model/event_test.cpp", "")
        self.expect("tests/unit/model/event_test.cpp", "not built")


if __name__ == "__main__":
    unittest.main()
