#include <gmock/gmock.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Load, AnEmptyFileGivesTheDocumentedDefaults) {
    const Loaded loaded = Tree().Write("fanfare.toml", "").Load();
    ASSERT_TRUE(loaded.ok());
    EXPECT_THAT(loaded.diagnostics, IsEmpty());
    EXPECT_EQ(loaded.config.server.listen, "127.0.0.1:8640");
    EXPECT_EQ(loaded.config.server.admin, "unix:/run/fanfare/admin.sock");
    EXPECT_EQ(loaded.config.server.max_body, 8u << 20);
    EXPECT_EQ(loaded.config.server.max_depth, 64u);
    EXPECT_EQ(loaded.config.server.shutdown_timeout, 30s);
    EXPECT_EQ(loaded.config.store.kind, "sqlite");
    EXPECT_EQ(loaded.config.store.path, "/var/lib/fanfare");
    EXPECT_EQ(loaded.config.log.level, log::Level::kInfo);
    EXPECT_EQ(loaded.config.log.format, log::Format::kText);
    EXPECT_THAT(loaded.config.destinations, IsEmpty());
}

TEST(Load, FiveMistakesInTwoFilesAreAllReportedWithPlaceLineAndHint) {
    Tree tree;
    tree.Write("fanfare.toml",
               "[server]\n"
               "lisen = \"127.0.0.1:8640\"\n"
               "threads = \"2\"\n"
               "head_timeout = 5\n");
    tree.Write("conf.d/team.toml",
               "[destination.team]\n"
               "plugin = webhook\n"
               "\n"
               "[[route]]\n"
               "name = \"all\"\n"
               "to = [\"taem\"]\n");
    const Loaded loaded = tree.Load();
    EXPECT_FALSE(loaded.ok());
    ASSERT_THAT(tree.Heads(loaded),
                ElementsAre("fanfare.toml:2:1: error: unknown key 'lisen' in [server]",
                            "fanfare.toml:3:11: error: 'threads' must be an integer, not a string",
                            "fanfare.toml:4:16: error: 'head_timeout' must be a duration, not an integer",
                            "conf.d/team.toml:2:10: error: syntax error in value: could not determine value type",
                            "conf.d/team.toml:6:7: error: there is no destination 'taem'"));
    EXPECT_EQ(tree.WithoutRoot(Format(loaded.diagnostics[0])),
              "fanfare.toml:2:1: error: unknown key 'lisen' in [server]\n"
              "    lisen = \"127.0.0.1:8640\"\n"
              "    ^\n"
              "hint: did you mean 'listen'?");
    EXPECT_EQ(tree.WithoutRoot(Format(loaded.diagnostics[4])),
              "conf.d/team.toml:6:7: error: there is no destination 'taem'\n"
              "    to = [\"taem\"]\n"
              "          ^\n"
              "hint: did you mean 'team'?");
    for (const Diagnostic& diagnostic : loaded.diagnostics) EXPECT_NE(diagnostic.hint, "") << diagnostic.message;
}

TEST(Load, EveryKeyOfAGoodConfigurationArrives) {
    Tree tree;
    tree.Write("fanfare.toml", R"([server]
listen = "[::1]:0"
admin = "unix:/tmp/a.sock"
threads = 3
max_body = "2MiB"
max_event = 4096
max_batch = 7
max_depth = 9
max_connections = 11
max_connections_per_address = 5
head_timeout = "1s"
body_timeout = "2s"
idle_timeout = "1m30s"
shutdown_timeout = "0s"
[store]
kind = "memory"
path = "/srv/store"
[log]
level = "debug"
format = "json"
[plugins]
path = ["/opt/a", "/opt/b"]
[realm.inventory]
dedup_window = "2d"
max_body = "64KiB"
)");
    const Loaded loaded = tree.Load();
    EXPECT_THAT(tree.Heads(loaded), IsEmpty());
    const Server& server = loaded.config.server;
    EXPECT_EQ(server.listen, "[::1]:0");
    EXPECT_EQ(server.admin, "unix:/tmp/a.sock");
    EXPECT_EQ(server.threads, 3u);
    EXPECT_EQ(server.max_body, 2u << 20);
    EXPECT_EQ(server.max_event, 4096u);
    EXPECT_EQ(server.max_batch, 7u);
    EXPECT_EQ(server.max_depth, 9u);
    EXPECT_EQ(server.max_connections, 11u);
    EXPECT_EQ(server.max_connections_per_address, 5u);
    EXPECT_EQ(server.head_timeout, 1s);
    EXPECT_EQ(server.body_timeout, 2s);
    EXPECT_EQ(server.idle_timeout, 90s);
    EXPECT_EQ(server.shutdown_timeout, 0s);
    EXPECT_EQ(loaded.config.store.kind, "memory");
    EXPECT_EQ(loaded.config.store.path, "/srv/store");
    EXPECT_EQ(loaded.config.log.level, log::Level::kDebug);
    EXPECT_EQ(loaded.config.log.format, log::Format::kJson);
    EXPECT_THAT(loaded.config.plugins.path, ElementsAre("/opt/a", "/opt/b"));
    ASSERT_THAT(loaded.config.realms, SizeIs(1));
    EXPECT_EQ(loaded.config.realms[0].name, "inventory");
    EXPECT_EQ(loaded.config.realms[0].dedup_window, 48h);
    EXPECT_EQ(loaded.config.realms[0].max_body, 64u << 10);
    EXPECT_EQ(loaded.config.realms[0].where.line, 23u);
    EXPECT_EQ(loaded.config.realms[0].where.column, 8u);
}

TEST(Load, FilesOfConfDFollowInNameOrderAndOthersAreLeftAlone) {
    Tree tree;
    tree.Write("fanfare.toml", "[realm.z]\n[realm.a]\n");
    tree.Write("conf.d/20.toml", "[realm.twenty]\n");
    tree.Write("conf.d/10.toml", "[realm.ten]\n");
    tree.Write("conf.d/.hidden.toml", "[realm.hidden]\n");
    tree.Write("conf.d/old.toml.bak", "[realm.old]\n");
    const Loaded loaded = tree.Load();
    std::vector<std::string> names;
    for (const Realm& realm : loaded.config.realms) names.push_back(realm.name);
    EXPECT_THAT(tree.Heads(loaded), IsEmpty());
    EXPECT_THAT(names, ElementsAre("z", "a", "ten", "twenty"));
}

TEST(Load, RelativePathsStartAtTheFileThatNamesThem) {
    Tree tree;
    tree.Write("fanfare.toml", "[plugins]\npath = \"plugins\"\n[server]\nadmin = \"unix:run/a.sock\"\n");
    tree.Write("conf.d/store.toml", "[store]\npath = \"../data\"\n");
    const Loaded loaded = tree.Load();
    EXPECT_THAT(tree.Heads(loaded), IsEmpty());
    EXPECT_THAT(loaded.config.plugins.path, ElementsAre(tree.PathOf("plugins")));
    EXPECT_EQ(loaded.config.server.admin, "unix:" + tree.PathOf("run/a.sock"));
    EXPECT_EQ(loaded.config.store.path, tree.PathOf("data"));
}

TEST(Load, AMissingFileIsReportedWithItsPath) {
    Tree tree;
    const Loaded loaded = tree.Load();
    EXPECT_FALSE(loaded.ok());
    ASSERT_THAT(tree.Heads(loaded),
                ElementsAre("fanfare.toml: error: cannot read the file: No such file or directory"));
    EXPECT_THAT(loaded.diagnostics[0].hint, HasSubstr("--config"));
}

TEST(Load, WhatCannotBeReadIsReportedAndTheRestStillRead) {
    Tree tree;
    tree.Write("fanfare.toml", "[log]\nlevel = \"loud\"\n");
    std::filesystem::create_directories(tree.PathOf("conf.d/dir.toml"));
    std::filesystem::create_symlink("nowhere", tree.PathOf("conf.d/link.toml"));
    EXPECT_THAT(tree.Heads(tree.Load()),
                ElementsAre("conf.d/dir.toml: error: this is not a regular file",
                            "fanfare.toml:2:9: error: 'level' must be one of: trace, debug, info, warn, error, off",
                            "conf.d/link.toml: error: cannot read the file: No such file or directory"));
}

TEST(Load, ADirectoryInPlaceOfTheFileIsReportedWithTheReason) {
    Tree tree;
    std::filesystem::create_directories(tree.PathOf("fanfare.toml"));
    EXPECT_THAT(tree.Heads(tree.Load()), ElementsAre("fanfare.toml: error: cannot read the file: Is a directory"));
}

TEST(Load, ANameDefinedTwiceNamesBothPlaces) {
    Tree tree;
    tree.Write("fanfare.toml",
               "[realm.r]\n"
               "[destination.d]\nplugin = \"file\"\n"
               "[[route]]\nname = \"all\"\nto = \"d\"\n");
    tree.Write("conf.d/x.toml",
               "[realm.r]\n"
               "[destination.d]\nplugin = \"file\"\n"
               "[[route]]\nname = \"all\"\nto = \"d\"\n");
    const Loaded loaded = tree.Load();
    const std::string first = tree.PathOf("fanfare.toml");
    std::vector<std::string> messages;
    for (const Diagnostic& diagnostic : loaded.diagnostics) messages.push_back(diagnostic.message);
    ASSERT_THAT(messages, ElementsAre("realm 'r' is already set at " + first + ":1:8",
                                      "destination 'd' is already set at " + first + ":2:14",
                                      "route 'all' is already set at " + first + ":5:8"));
    EXPECT_EQ(loaded.diagnostics[2].where.line, 5u);
    EXPECT_EQ(loaded.diagnostics[2].where.column, 8u);
}

TEST(Load, ASingleKeyMayNotBeSetInTwoFiles) {
    Tree tree;
    tree.Write("fanfare.toml", "[server]\nlisten = \"127.0.0.1:1\"\n");
    tree.Write("conf.d/a.toml", "[server]\nthreads = 4\nlisten = \"127.0.0.1:2\"\n");
    const Loaded loaded = tree.Load();
    EXPECT_THAT(tree.Heads(loaded),
                ElementsAre("conf.d/a.toml:3:1: error: 'listen' of [server] is already set at fanfare.toml:2:1"));
    EXPECT_EQ(loaded.config.server.threads, 4u);
}

TEST(Load, AnUnreadableFileDoesNotMakeItsNamesUnknown) {
    Tree tree;
    tree.Write("fanfare.toml", "[[route]]\nname = \"r\"\nto = \"elsewhere\"\n");
    std::filesystem::create_directories(tree.PathOf("conf.d"));
    std::filesystem::create_symlink("nowhere", tree.PathOf("conf.d/link.toml"));
    EXPECT_THAT(tree.Load().diagnostics, SizeIs(1));
}

}  // namespace
}  // namespace fanfare::config
