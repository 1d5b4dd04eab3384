// Each reason to refuse a plugin has its own sentence: what is wrong, and what to do.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.hpp"

namespace fanfare::plugin {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string Refusal(const std::string& name, const std::vector<std::string>& directories) {
    const auto library = Library::Open(name, directories);
    if (library) return "loaded";
    EXPECT_EQ(library.error().code, base::Code::kConfig);
    return library.error().message;
}

std::string Refusal(const std::string& name) { return Refusal(name, {kBadPlugins}); }

// A copy of a good plugin in a directory of its own.
class Copy {
public:
    Copy() : file(dir / "bare.so") { fs::copy_file(kBadPlugins + "/bare.so", file); }
    TempDir dir;
    std::string file;
};

TEST(Load, TakesAPluginAsItIs) {
    FakeClient client;
    Catalog catalog({"/nowhere", kBadPlugins}, client);
    const auto library = catalog.Load("bare");
    ASSERT_TRUE(library) << library.error().message;
    EXPECT_EQ((*library)->name(), "bare");
    EXPECT_EQ((*library)->version(), "1.2.3");
    EXPECT_EQ((*library)->path(), fs::canonical(kBadPlugins) / "bare.so");
    EXPECT_EQ(*catalog.Load("bare"), *library) << "loaded once";
    EXPECT_EQ(catalog.SchemaOf(**library).document()["type"], "object");
    const auto made = catalog.Make(**library, {"dest", json::Value::object(), {}, {}, {}});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ((*made)->max_batch(), 16u);
    EXPECT_TRUE(catalog.misbehaviour().empty());
}

TEST(Catalog, NamesWhatLiesInItsDirectoriesOnceAndLoadsNothing) {
    const TempDir first;
    const TempDir second;
    for (const std::string& file : {first / "b.so", first / "a.so", second / "a.so", first / "README"})
        std::ofstream(file) << "no library";
    FakeClient client;
    EXPECT_THAT(Catalog({first.path(), "/nowhere", second.path()}, client).Names(), testing::ElementsAre("a", "b"));
}

TEST(Load, SaysWhichPackageToInstall) {
    EXPECT_EQ(Refusal("amqp", {"/nowhere", "/usr/lib/fanfare/plugins"}),
              "plugin 'amqp' is not installed: no amqp.so in /nowhere or /usr/lib/fanfare/plugins; "
              "install the package fanfare-plugin-amqp");
    EXPECT_EQ(Refusal("recoder"),
              "plugin 'recoder' is not installed: no recoder.so in " + kBadPlugins + "; did you mean 'recorder'?");
    EXPECT_THAT(Refusal("amqp", std::vector<std::string>{}), HasSubstr("[plugins] path is empty"));
}

TEST(Load, TakesNoNameThatIsAPath) {
    for (const char* name : {"../bare", "/tmp/bare", "", ".", "a\nb", "b\xC3\xA4re"}) {
        EXPECT_THAT(Refusal(name), HasSubstr("cannot be the name of a plugin")) << name;
    }
    EXPECT_THAT(Refusal("bare", {"build"}),
                AllOf(HasSubstr("'build' is not an absolute path"), HasSubstr("[plugins] path")));
}

TEST(Load, RefusesAnotherMajor) {
    EXPECT_EQ(Refusal("wrong_major"),
              "plugin 'wrong_major' is made for plugin ABI 2.0, this fanfare offers 1.0; install the "
              "version of wrong_major that belongs to this fanfare");
    EXPECT_THAT(Refusal("next_major"), HasSubstr("is made for plugin ABI 2, this fanfare offers 1.0; upgrade fanfare"));
}

TEST(Load, RefusesAMinorThatItDoesNotOffer) {
    EXPECT_EQ(
        Refusal("too_new"),
        "plugin 'too_new' needs plugin ABI 1.7, this fanfare offers 1.0; upgrade fanfare, or install an older too_new");
}

TEST(Load, RefusesWhatIsNoPlugin) {
    EXPECT_THAT(Refusal("no_entry"),
                AllOf(HasSubstr("has no function fanfare_plugin_query_v1"), HasSubstr("no fanfare plugin")));
    EXPECT_THAT(Refusal("refuses"), HasSubstr("refused to run on this fanfare (plugin ABI 1.0)"));
    EXPECT_THAT(Refusal("query_throws"), HasSubstr("its entry function threw an exception"));
    EXPECT_THAT(Refusal("too_short"), HasSubstr("table of functions is cut short"));
    EXPECT_THAT(Refusal("cut_short"), HasSubstr("table of functions is cut short"));
    EXPECT_THAT(Refusal("no_batch"), HasSubstr("max_batch_events is 0"));
}

TEST(Load, RefusesAMissingFunction) {
    EXPECT_THAT(Refusal("no_create"), HasSubstr("it has no function 'create'"));
    EXPECT_THAT(Refusal("no_deliver"), HasSubstr("it has no function 'deliver'"));
    EXPECT_THAT(Refusal("no_destroy"), HasSubstr("it has no function 'destroy'"));
}

TEST(Load, RefusesAnotherNameAndABadSchema) {
    EXPECT_THAT(Refusal("other_name"), AllOf(HasSubstr("calls itself 'someone'"), HasSubstr("rename")));
    EXPECT_THAT(Refusal("bad_schema"), HasSubstr("the schema of its options is not a JSON Schema: "));
}

TEST(Load, NamesTheSymbolOrTheLibraryThatIsMissing) {
    EXPECT_THAT(
        Refusal("undefined_symbol"),
        StartsWith("plugin 'undefined_symbol' cannot be loaded: it needs the symbol 'a_function_that_is_nowhere'"));
    EXPECT_EQ(
        Refusal("needs_library"),
        "plugin 'needs_library' cannot be loaded: it needs the library libfanfare-gone.so.1, which is not installed");
}

TEST(Load, SurvivesAPluginThatEndsTheProcessWhenItIsLoaded) {
    EXPECT_THAT(Refusal("constructor_throws"), HasSubstr("is refused: loading it ends in signal 6 (Aborted)"));
    EXPECT_THAT(Refusal("constructor_exits"), HasSubstr("is refused: loading it ends the process with status 0"));
}

TEST(Load, RefusesAFileThatIsNotElf) {
    const TempDir dir;
    std::ofstream(dir / "text.so") << "#!/bin/sh\necho hello\n";
    std::ofstream(dir / "empty.so");
    std::ofstream(dir / "three.so") << "\x7F"
                                       "EL";
    std::ofstream(dir / "header.so") << "\x7F"
                                        "ELF and no more";
    EXPECT_EQ(Refusal("text", {dir.path()}),
              "plugin 'text' is refused: " + (dir / "text.so") +
                  " is not a shared library (it is no ELF file); install its package again");
    EXPECT_THAT(Refusal("empty", {dir.path()}), HasSubstr("is empty"));
    EXPECT_THAT(Refusal("three", {dir.path()}), HasSubstr("is no ELF file"));
    EXPECT_THAT(Refusal("header", {dir.path()}),
                HasSubstr("cannot be loaded: " + (dir / "header.so: file too short; install")));
}

TEST(Load, RefusesWhatOthersMayWriteTo) {
    const Copy copy;
    EXPECT_EQ(Refusal("bare", {copy.dir.path()}), "loaded") << "under the sticky /tmp";
    chmod(copy.file.c_str(), 0757);
    EXPECT_EQ(Refusal("bare", {copy.dir.path()}),
              "plugin 'bare' is refused: everyone may write to " + copy.file + "; run: chmod go-w " + copy.file);
    chmod(copy.file.c_str(), 0775);
    EXPECT_THAT(Refusal("bare", {copy.dir.path()}), HasSubstr("its group may write to " + copy.file));
    chmod(copy.file.c_str(), 0755);
    chmod(copy.dir.path().c_str(), 0777);
    EXPECT_THAT(Refusal("bare", {copy.dir.path()}), HasSubstr("everyone may write to " + copy.dir.path() + ";"));
    chmod(copy.dir.path().c_str(), 01777);
    EXPECT_THAT(Refusal("bare", {copy.dir.path()}), HasSubstr("everyone may write to "))
        << "a sticky bit is not enough here";
    chmod(copy.dir.path().c_str(), 0755);
}

TEST(Load, RefusesADirectoryAboveThatOthersMayWriteTo) {
    const TempDir dir;
    fs::create_directories(dir / "a/b");
    fs::copy_file(kBadPlugins + "/bare.so", dir / "a/b/bare.so");
    EXPECT_EQ(Refusal("bare", {dir / "a/b"}), "loaded");
    chmod((dir / "a").c_str(), 0777);
    EXPECT_THAT(Refusal("bare", {dir / "a/b"}), HasSubstr("everyone may write to " + (dir / "a;")));
}

TEST(Load, RefusesAFileOfAnotherUser) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    const Copy copy;
    ASSERT_EQ(chown(copy.file.c_str(), 12345, 0), 0);
    EXPECT_THAT(Refusal("bare", {copy.dir.path()}), HasSubstr(copy.file + " belongs to user 12345"));
}

TEST(Load, FollowsNoSymbolicLinkOutOfTheDirectory) {
    const Copy copy;
    const TempDir dir;
    fs::create_symlink(copy.file, dir / "bare.so");
    EXPECT_THAT(Refusal("bare", {dir.path()}),
                HasSubstr("is a symbolic link that leads out of its directory, to " + copy.file));
    fs::create_symlink("/nowhere", dir / "dangling.so");
    EXPECT_THAT(Refusal("dangling", {dir.path()}), HasSubstr("cannot read " + (dir / "dangling.so")));
    fs::create_directory_symlink(copy.dir.path(), dir / "link");
    EXPECT_EQ(Refusal("bare", {dir / "link"}), "loaded") << "a directory may be a link";
}

TEST(Load, RefusesWhatIsNotARegularFileWithOneName) {
    const Copy copy;
    fs::create_hard_link(copy.file, copy.dir / "other.so");
    EXPECT_THAT(Refusal("bare", {copy.dir.path()}), HasSubstr("has 2 names (hard links)"));
    mkfifo((copy.dir / "pipe.so").c_str(), 0600);
    EXPECT_THAT(Refusal("pipe", {copy.dir.path()}), HasSubstr("is not a regular file"));
    fs::create_directory(copy.dir / "folder.so");
    EXPECT_THAT(Refusal("folder", {copy.dir.path()}), HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace fanfare::plugin
