// The file plugin, seen by what stands in the file.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include <fanfare/testing.hpp>

#include "unit/plugins/load_plugin.hpp"

namespace fanfare {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::FakeHost;
using ::testing::HasSubstr;
using testing::Instance;
using ::testing::StartsWith;
using testing::TestEvent;

const fanfare_plugin& Plugin() {
    static const fanfare_plugin& plugin = test::LoadPlugin(PLUGIN_FILE);
    return plugin;
}

std::string ReadAll(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Every line of the file as JSON; throws if one is not.
std::vector<json> Lines(const fs::path& path) {
    std::vector<json> out;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
    return out;
}

TestEvent Named(std::string id) {
    TestEvent event;
    event.id = std::move(id);
    return event;
}

class FilePlugin : public ::testing::Test {
protected:
    FilePlugin() {
        char name[] = "/tmp/fanfare-file-XXXXXX";
        directory_ = ::mkdtemp(name);
        path_ = directory_ / "events.jsonl";
    }
    ~FilePlugin() override {
        instance_.reset();
        fs::remove_all(directory_);
    }
    void Start() {
        host_.set_str("/path", path_.string());
        instance_ = std::make_unique<Instance>(Plugin(), host_);
        ASSERT_EQ(instance_->create(), FANFARE_OK);
        ASSERT_EQ(instance_->validate(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->start(), FANFARE_OK);
    }
    // The answer for the last event.
    testing::Answer Deliver(std::vector<TestEvent> events) {
        EXPECT_EQ(instance_->deliver(std::move(events)), FANFARE_OK);
        return host_.answers().back();
    }
    fanfare_status ValidatePath(const std::string& path) {
        host_.set_str("/path", path);
        Instance instance(Plugin(), host_);
        EXPECT_EQ(instance.create(), FANFARE_OK);
        return instance.validate();
    }

    fs::path directory_;
    fs::path path_;
    FakeHost host_;
    std::unique_ptr<Instance> instance_;
};

TEST_F(FilePlugin, SchemaIsJsonAndDescribesEveryOption) {
    const json schema = json::parse(view(Plugin().config_schema));
    EXPECT_EQ(schema["additionalProperties"], false);
    for (const auto& [name, option] : schema["properties"].items()) EXPECT_TRUE(option.contains("description")) << name;
    EXPECT_EQ(view(Plugin().name), "file");
    EXPECT_EQ(Plugin().capabilities, FANFARE_CAP_BLOCKING);
}

TEST_F(FilePlugin, EachEventIsOneLineWhateverItsDataHolds) {
    Start();
    TestEvent pretty = Named("pretty");
    pretty.data = "{\n  \"text\": \"two\\nlines\",\r\n  \"n\": 1.50\n}\n";
    TestEvent text = Named("text");
    text.content_type = "text/plain";
    text.data = "one\ntwo\r\n\xE2\x80\xA8three \xF0\x9F\x98\x80";
    TestEvent bytes = Named("bytes");
    bytes.content_type = "application/octet-stream";
    bytes.data = std::string("\n\0\n", 3);
    EXPECT_EQ(Deliver({pretty, text, bytes}).outcome, FANFARE_DELIVERED);

    const std::string content = ReadAll(path_);
    EXPECT_EQ(std::count(content.begin(), content.end(), '\n'), 3);
    EXPECT_EQ(content.back(), '\n');
    EXPECT_THAT(content, HasSubstr("{\"text\":\"two\\nlines\",\"n\":1.50}"));
    const std::vector<json> lines = Lines(path_);
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0]["data"]["text"], "two\nlines");
    EXPECT_EQ(lines[1]["data"], text.data);
    EXPECT_EQ(lines[2]["data_base64"], "CgAK");
}

TEST_F(FilePlugin, ShapedEventIsItsBytesAndALineEnd) {
    Start();
    TestEvent shaped = Named("shaped");
    shaped.shaped = true;
    shaped.content_type = "text/csv";
    shaped.data = "42;\"two\nlines\";19.90";
    shaped.headers = {{"X-Ignored", "1"}};
    EXPECT_EQ(Deliver({shaped, Named("plain")}).outcome, FANFARE_DELIVERED);
    EXPECT_THAT(ReadAll(path_), StartsWith("42;\"two\nlines\";19.90\n{\"specversion\""));
}

TEST_F(FilePlugin, AppendsToWhatIsThereAndCreatesWithMode0640) {
    const mode_t before = ::umask(0);
    Start();
    Deliver({Named("1")});
    ::umask(before);
    EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0640));
    instance_.reset();
    Start();
    Deliver({Named("2")});
    const std::vector<json> lines = Lines(path_);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[1]["id"], "2");
}

TEST_F(FilePlugin, RenamedFileIsLeftAloneAndANewOneBegun) {
    Start();
    Deliver({Named("1")});
    fs::rename(path_, directory_ / "old");
    Deliver({Named("2")});
    EXPECT_EQ(Lines(directory_ / "old").size(), 1u);
    ASSERT_EQ(Lines(path_).size(), 1u);
    EXPECT_EQ(Lines(path_)[0]["id"], "2");
}

TEST_F(FilePlugin, RemovedFileIsMadeAgain) {
    Start();
    Deliver({Named("1")});
    fs::remove(path_);
    EXPECT_EQ(Deliver({Named("2")}).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(Lines(path_).size(), 1u);
}

TEST_F(FilePlugin, DirectoryThatIsMissingIsARetryThatSaysWhatToDoUntilItIsThere) {
    path_ = directory_ / "later" / "events.jsonl";
    Start();
    const testing::Answer answer = Deliver({Named("1")});
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_THAT(answer.reason, HasSubstr("No such file or directory"));
    EXPECT_THAT(answer.reason, HasSubstr("create the directory"));
    fs::create_directory(directory_ / "later");
    EXPECT_EQ(Deliver({Named("1")}).outcome, FANFARE_DELIVERED);
}

TEST_F(FilePlugin, DirectoryOrFifoInPlaceOfTheFileIsARetryAndDoesNotHang) {
    fs::create_directory(path_);
    Start();
    EXPECT_THAT(Deliver({Named("1")}).reason, HasSubstr("Is a directory"));
    fs::remove(path_);
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const testing::Answer answer = Deliver({Named("1")});
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_THAT(answer.reason, HasSubstr("not a regular file"));
}

// RLIMIT_FSIZE makes write() short and then fail with EFBIG, as a full disk does with ENOSPC.
class FileLimit {
public:
    explicit FileLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit = {bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_ = {};
    void (*handler_)(int);
};

TEST_F(FilePlugin, WriteThatStopsHalfwayLeavesNoTornLine) {
    Start();
    Deliver({Named("whole")});
    const std::string before = ReadAll(path_);
    {
        const FileLimit limit(before.size() + 40);
        const testing::Answer answer = Deliver({Named("torn"), Named("torn too")});
        EXPECT_EQ(answer.outcome, FANFARE_RETRY);
        EXPECT_THAT(answer.reason, HasSubstr("File too large"));
        EXPECT_EQ(ReadAll(path_), before);
    }
    EXPECT_EQ(Deliver({Named("again")}).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(Lines(path_).size(), 2u);
}

TEST_F(FilePlugin, LineThatACrashLeftTornGetsALineOfItsOwn) {
    std::ofstream(path_) << "{\"torn\":";
    Start();
    Deliver({Named("1")});
    EXPECT_THAT(ReadAll(path_), StartsWith("{\"torn\":\n{\"specversion\""));
}

TEST_F(FilePlugin, BatchLargerThanOneWriteIsWrittenWholeAndInOrder) {
    Start();
    std::vector<TestEvent> events;
    for (int i = 0; i < 12; ++i) {
        events.push_back(Named(std::to_string(i)));
        events.back().data = "\"" + std::string(1u << 20, 'x') + "\"";
    }
    Deliver(events);
    EXPECT_EQ(host_.answers().size(), 12u);
    for (const testing::Answer& answer : host_.answers()) EXPECT_EQ(answer.outcome, FANFARE_DELIVERED);
    const std::vector<json> lines = Lines(path_);
    ASSERT_EQ(lines.size(), 12u);
    for (int i = 0; i < 12; ++i) EXPECT_EQ(lines[static_cast<std::size_t>(i)]["id"], std::to_string(i));
    EXPECT_THAT(host_.misbehaviour(), ::testing::IsEmpty());
}

TEST_F(FilePlugin, WithFsyncItDeliversAsWell) {
    host_.set_bool("/fsync", true);
    Start();
    EXPECT_EQ(Deliver({Named("1")}).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(Lines(path_).size(), 1u);
}

TEST_F(FilePlugin, TwoInstancesOnOneFileDoNotMixTheirLines) {
    Start();
    FakeHost other_host;
    other_host.set_str("/path", path_.string());
    Instance other(Plugin(), other_host);
    ASSERT_EQ(other.create(), FANFARE_OK);
    for (int i = 0; i < 20; ++i) {
        Deliver({Named("a")});
        other.deliver({Named("b")});
    }
    EXPECT_EQ(Lines(path_).size(), 40u);
}

TEST_F(FilePlugin, PathThatIsNotAbsoluteOrNamesADirectoryIsRefusedWithItsOwnSentence) {
    EXPECT_EQ(ValidatePath("events.jsonl"), FANFARE_ECONFIG);
    EXPECT_THAT(host_.error(), HasSubstr("'events.jsonl' is not absolute"));
    EXPECT_EQ(ValidatePath("/var/log/"), FANFARE_ECONFIG);
    EXPECT_THAT(host_.error(), HasSubstr("names a directory"));
    EXPECT_EQ(ValidatePath("/var/log/x"), FANFARE_OK);
}

// Another user than root, whom no permission stops.
class AsNobody {
public:
    AsNobody() : root_(::geteuid() == 0) {
        if (root_ && ::seteuid(65534) != 0) throw std::runtime_error("cannot become another user");
    }
    ~AsNobody() {
        if (root_ && ::seteuid(0) != 0) std::abort();
    }

private:
    bool root_;
};

TEST_F(FilePlugin, UnwritableFileIsARetryWithTheReasonOfTheSystem) {
    std::ofstream(path_) << "";
    fs::permissions(path_, fs::perms::owner_read | fs::perms::others_read);
    fs::permissions(directory_, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
    Start();
    const AsNobody nobody;
    const testing::Answer answer = Deliver({Named("1")});
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_THAT(answer.reason, HasSubstr("cannot open " + path_.string() + ": Permission denied; let the user"));
}

}  // namespace
}  // namespace fanfare
