#include <gmock/gmock.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Sections, UnknownOnesAreReportedWithTheNearestName) {
    EXPECT_THAT(FaultsOf("[sever]\nlisten = 1\n[[rout]]\n[zebra]\n"),
                ElementsAre("1:2: error: unknown section 'sever'", "3:3: error: unknown section 'rout'",
                            "4:2: error: unknown section 'zebra'"));
    EXPECT_THAT(HintsOf("[sever]\n[[rout]]\n[zebra]\n"),
                ElementsAre("did you mean 'server'?", "did you mean 'route'?", HasSubstr("[destination.NAME]")));
}

TEST(Sections, AKeyOutsideOfAnySectionIsReported) {
    EXPECT_THAT(FaultsOf("listen = \"127.0.0.1:1\"\n"),
                ElementsAre("1:1: error: unknown key 'listen' outside of any section"));
}

TEST(Sections, WrongShapesAreReported) {
    EXPECT_THAT(FaultsOf("server = 1\nroute = 2\ndestination = 3\nrealm.x = 4\n"),
                ElementsAre("1:10: error: 'server' must be a table, not an integer",
                            "2:9: error: 'route' must be a list of tables, not an integer",
                            "3:15: error: 'destination' must be a table with a name",
                            "4:7: error: 'x' stands in [realm], which has no name"));
    EXPECT_THAT(FaultsOf("[route]\nname = \"x\"\n[[destination]]\nplugin = \"file\"\n"),
                ElementsAre("1:1: error: 'route' must be a list of tables, not a table",
                            "3:1: error: 'destination' must be a table with a name"));
}

TEST(Sections, NamesAreChecked) {
    EXPECT_THAT(FaultsOf("[realm.\"a b\"]\n[realm.\"\"]\n[destination.\".x\"]\nplugin = \"file\"\n"),
                ElementsAre("1:8: error: 'a b' is no name for a realm", "2:8: error: '' is no name for a realm",
                            "3:14: error: '.x' is no name for a destination"));
}

TEST(Server, WrongTypesRangesAndUnitsAreReportedAtTheValue) {
    EXPECT_THAT(FaultsOf("[server]\n"
                         "threads = 0\n"
                         "max_body = \"8 Megs\"\n"
                         "max_event = 1.5\n"
                         "max_batch = true\n"
                         "max_depth = 100000\n"
                         "head_timeout = \"5 s\"\n"
                         "body_timeout = \"9d\"\n"
                         "idle_timeout = 60\n"
                         "listen = 8640\n"),
                ElementsAre("2:11: error: 'threads' must be between 1 and 256", "3:12: error: 'max_body' is not a size",
                            "4:13: error: 'max_event' must be a size, not a number with a fraction",
                            "5:13: error: 'max_batch' must be an integer, not a boolean",
                            "6:13: error: 'max_depth' must be between 1 and 1000",
                            "7:16: error: 'head_timeout' is not a duration",
                            "8:16: error: 'body_timeout' must be between 1ms and 1d",
                            "9:16: error: 'idle_timeout' must be a duration, not an integer",
                            "10:10: error: 'listen' must be a string, not an integer"));
    EXPECT_THAT(HintsOf("[server]\nidle_timeout = 60\nthreads = \"4\"\n"),
                ElementsAre(HasSubstr("idle_timeout = \"60s\""), "write it without quotes: threads = 4"));
}

TEST(Server, AddressesAreChecked) {
    EXPECT_THAT(
        FaultsOf("[server]\nlisten = \"127.0.0.1\"\nadmin = \"unix:\"\n"),
        ElementsAre("2:10: error: 'listen' has no port", "3:9: error: 'admin' needs an absolute path after 'unix:'"));
    EXPECT_THAT(HintsOf("[server]\nlisten = \":8640\"\nadmin = \"localhost:8641\"\n"),
                ElementsAre(HasSubstr("\"0.0.0.0:8640\""), "write \"127.0.0.1:8641\""));
    EXPECT_THAT(FaultsOf("[server]\nlisten = \"::1:8640\"\nadmin = \"127.0.0.1:70000\"\n"),
                ElementsAre(HasSubstr("2:10: error: 'listen' has no port"),
                            HasSubstr("3:9: error: 'admin' has no port between")));
}

TEST(Server, TheSameAddressForEventsAndAdministrationIsAnError) {
    EXPECT_THAT(FaultsOf("[server]\nlisten = \"127.0.0.1:1\"\nadmin = \"127.0.0.1:1\"\n"),
                ElementsAre("3:1: error: 'listen' and 'admin' are the same address"));
    EXPECT_THAT(FaultsOf("[server]\nlisten = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n"), IsEmpty());
}

TEST(Server, AnAddressThatOthersReachIsAWarningOnly) {
    Tree tree;
    tree.Write("fanfare.toml", "[server]\nlisten = \"0.0.0.0:8640\"\n");
    const Loaded loaded = tree.Load();
    EXPECT_TRUE(loaded.ok());
    EXPECT_THAT(tree.Heads(loaded), ElementsAre(HasSubstr("fanfare.toml:2:10: warning: 'listen' can be reached")));
    EXPECT_EQ(loaded.config.server.listen, "0.0.0.0:8640");
    EXPECT_THAT(FaultsOf("[server]\nlisten = \"127.3.2.1:8640\"\nadmin = \"[::1]:8641\"\n"), IsEmpty());
    EXPECT_THAT(FaultsOf("[server]\nlisten = \"[::]:8640\"\n"), ElementsAre(HasSubstr("warning")));
}

TEST(Server, AnAdminApiThatOtherMachinesReachAsksForATokenAndSaysThatItHasNoTls) {
    const std::string hash = "\"sha256:" + std::string(64, '1') + "\"";
    Tree tree;
    tree.Write("fanfare.toml", "[server]\nadmin = \"0.0.0.0:8641\"\n");
    EXPECT_THAT(tree.Heads(tree.Load()), ElementsAre(HasSubstr("fanfare.toml:2:9: error: 'admin' can be reached from other machines, and asks for no token")));
    tree.Write("fanfare.toml", "[server]\nadmin = \"0.0.0.0:8641\"\nadmin_tokens = [" + hash + "]\n");
    const Loaded loaded = tree.Load();
    EXPECT_THAT(tree.Heads(loaded), ElementsAre(HasSubstr("fanfare.toml:2:9: warning: 'admin' can be reached from other machines, and has no TLS")));
    EXPECT_EQ(loaded.config.server.admin_tokens.size(), 1u);
    tree.Write("fanfare.toml", "[server]\nadmin = \"0.0.0.0:8641\"\n");
    tree.Write("conf.d/tokens.toml", "[server]\nadmin_tokens = [" + hash + "]\n");
    EXPECT_THAT(tree.Heads(tree.Load()), ElementsAre(HasSubstr("warning: 'admin' can be reached from other machines, and has no TLS")));
    tree.Write("conf.d/tokens.toml", "");
    tree.Write("fanfare.toml", "[server]\nadmin = \"127.0.0.1:8641\"\nadmin_tokens = \"plain\"\n");
    EXPECT_THAT(tree.Heads(tree.Load()), ElementsAre(HasSubstr("fanfare.toml:3:16: error: this is not the hash of a token")));
}

TEST(Server, TlsNamesItsFilesBesideTheOneThatNamesThemAndSilencesTheWarning) {
    Tree tree;
    tree.Write("fanfare.toml", "[server]\nadmin = \"0.0.0.0:8641\"\nadmin_tokens = [\"sha256:" + std::string(64, '1') +
                                   "\"]\nadmin_tls = { cert_file = \"a.pem\", key_file = \"/etc/a.key\" }\n");
    const Loaded loaded = tree.Load();
    EXPECT_THAT(tree.Heads(loaded), IsEmpty());
    ASSERT_TRUE(loaded.config.server.admin_tls);
    EXPECT_THAT(loaded.config.server.admin_tls->cert_file, testing::AllOf(testing::StartsWith("/"), testing::EndsWith("/a.pem")));
    EXPECT_EQ(loaded.config.server.admin_tls->key_file, "/etc/a.key");
    EXPECT_EQ(loaded.config.server.admin_tls->client_ca_file, "");
    EXPECT_FALSE(loaded.config.server.tls);
}

TEST(Server, TlsIsRefusedWithoutItsFilesAndOnAUnixSocket) {
    EXPECT_THAT(FaultsOf("[server]\nadmin = \"127.0.0.1:8641\"\nadmin_tls = { cert_file = \"/a\", keyfile = \"/b\" }\n"),
                testing::UnorderedElementsAre(HasSubstr("unknown key 'keyfile'"), HasSubstr("'key_file' is missing")));
    EXPECT_THAT(FaultsOf("[server]\nadmin_tls = { cert_file = \"/a\", key_file = \"/b\" }\n"),
                ElementsAre(HasSubstr("error: 'admin' is a Unix socket, which needs no TLS")));
    EXPECT_THAT(FaultsOf("[server]\ntls = 1\n"), ElementsAre(HasSubstr("'tls' must be a table")));
}

TEST(Store, KindAndPathAreChecked) {
    EXPECT_THAT(FaultsOf("[store]\nkind = \"sqlit\"\npath = \"\"\n"),
                ElementsAre("2:8: error: 'kind' must be one of: sqlite, memory", "3:8: error: 'path' is empty"));
    EXPECT_THAT(HintsOf("[store]\nkind = \"sqlit\"\n"), ElementsAre("did you mean 'sqlite'?"));
}

TEST(Plugins, PathIsAStringOrAListOfThem) {
    EXPECT_THAT(FaultsOf("[plugins]\npath = 5\n"),
                ElementsAre("2:8: error: 'path' must be a string or a list of strings, not an integer"));
    EXPECT_THAT(FaultsOf("[plugins]\npath = [\"/a\", 5]\n"),
                ElementsAre("2:15: error: 'path' must be a string, not an integer"));
}

}  // namespace
}  // namespace fanfare::config
