#include "audit/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "audit/chain.hpp"
#include "audit/collapse.hpp"
#include "json/value.hpp"
#include "support/manual_clock.hpp"

namespace fanfare::audit {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Files of this process cannot grow beyond `bytes`.
class FileLimit {
public:
    explicit FileLimit(std::uint64_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileLimit() {
        setrlimit(RLIMIT_FSIZE, &before_);
        signal(SIGXFSZ, handler_);
    }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int);
};

class AuditLogTest : public testing::Test {
protected:
    AuditLogTest() {
        std::string made = (std::filesystem::temp_directory_path() / "audit-XXXXXX").string();
        directory = mkdtemp(made.data());
        path = directory + "/audit.ndjson";
    }
    ~AuditLogTest() override { std::filesystem::remove_all(directory); }

    std::unique_ptr<Log> Open() {
        auto log = Log::Open(path, clock);
        EXPECT_TRUE(log) << log.error().message;
        return *std::move(log);
    }
    void WriteThree() {
        const auto log = Open();
        for (const char* who : {"ann", "bob", "eve"}) log->Append({"admin.asked", who, {{"what", "POST /v1/reload"}}});
    }
    std::vector<std::string> Lines() const {
        std::ifstream file(path);
        std::vector<std::string> lines;
        for (std::string line; std::getline(file, line);) lines.push_back(line);
        return lines;
    }
    void Replace(const std::vector<std::string>& lines) const {
        std::ofstream file(path, std::ios::trunc);
        for (const std::string& line : lines) file << line << "\n";
    }
    std::string Fault() const {
        const auto chain = ReadChain(path);
        return chain ? std::string() : chain.error().message;
    }

    support::ManualClock clock;
    std::string directory;
    std::string path;
};

TEST_F(AuditLogTest, ALineTellsWhoAskedForWhatAndWhenAndOnlyTheOwnerReadsIt) {
    WriteThree();
    const json::Value line = *json::Parse(Lines().at(1));
    EXPECT_EQ(line["number"], 2);
    EXPECT_EQ(line["who"], "bob");
    EXPECT_EQ(line["what"], "POST /v1/reload");
    EXPECT_EQ(line["time"], base::FormatTime(clock.Now()));
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(AuditLogTest, TheChainGoesOnOverARestart) {
    WriteThree();
    WriteThree();
    const auto chain = ReadChain(path);
    ASSERT_TRUE(chain) << chain.error().message;
    EXPECT_EQ(chain->lines, 6u);
    EXPECT_EQ(chain->last, DigestOf(Lines().back()));
}

TEST_F(AuditLogTest, ALineThatIsChangedTakenOutPutInOrMovedIsFound) {
    WriteThree();
    const std::vector<std::string> lines = Lines();
    auto changed = lines;
    changed[1].replace(changed[1].find("bob"), 3, "ann");
    Replace(changed);
    EXPECT_THAT(Fault(), HasSubstr(path + ":3: the line before it"));
    Replace({lines[0], lines[2]});
    EXPECT_THAT(Fault(), HasSubstr(":2: its number is 3, but it follows 1"));
    Replace({lines[0], lines[1], lines[1], lines[2]});
    EXPECT_THAT(Fault(), HasSubstr(":3: its number is 2"));
    Replace({lines[1], lines[0], lines[2]});
    EXPECT_NE(Fault(), "");
    Replace({lines[0], "not json", lines[1]});
    EXPECT_THAT(Fault(), HasSubstr(":2: this is no line of an audit log"));
    Replace(lines);
    EXPECT_EQ(Fault(), "");
}

TEST_F(AuditLogTest, AFirstLineThatHasNothingBeforeItCannotBeAnyLine) {
    WriteThree();
    std::string first = Lines()[0];
    first.replace(first.rfind("0000"), 4, "1111");
    Replace({first});
    EXPECT_THAT(Fault(), HasSubstr(":1: the line before it"));
}

TEST_F(AuditLogTest, ALineTornByACrashIsTakenAwayAndTheChainGoesOn) {
    WriteThree();
    std::ofstream(path, std::ios::app) << R"({"number":4,"time")";
    WriteThree();
    EXPECT_EQ(Fault(), "");
    EXPECT_EQ(Lines().size(), 6u);
}

TEST_F(AuditLogTest, ABrokenFileIsKeptAsideAndTheNewOneBeginsWithThat) {
    WriteThree();
    std::vector<std::string> lines = Lines();
    lines.erase(lines.begin() + 1);
    Replace(lines);
    WriteThree();
    EXPECT_EQ(Fault(), "");
    ASSERT_EQ(Lines().size(), 4u);
    const json::Value first = *json::Parse(Lines()[0]);
    EXPECT_EQ(first["action"], "audit.broken");
    EXPECT_TRUE(std::filesystem::exists(first["moved_to"].get<std::string>()));
}

TEST_F(AuditLogTest, DoneComesOnceTheLineCanBeReadWithItsNumber) {
    const auto log = Open();
    std::size_t lines_then = 0;
    std::uint64_t number = 0;
    log->Append({"one", "ann"});
    log->Append({"two", "ann"}, [&](base::Result<std::uint64_t> done) {
        number = done ? *done : 0;
        lines_then = Lines().size();
    });
    log->Drain();
    EXPECT_EQ(number, 2u);
    EXPECT_GE(lines_then, 2u);
}

TEST_F(AuditLogTest, AfterAMoveALineGoesToTheNewFileAndBothAreOneChain) {
    const auto log = Open();
    log->Append({"one", "ann"});
    log->Drain();
    std::filesystem::rename(path, path + ".1");
    const std::string first = DigestOf([&] {
        std::ifstream file(path + ".1");
        std::string line;
        std::getline(file, line);
        return line;
    }());
    log->Reopen();
    log->Append({"two", "ann"});
    log->Drain();
    ASSERT_EQ(Lines().size(), 1u);
    EXPECT_THAT(Lines()[0], HasSubstr(first));
    EXPECT_EQ(ReadChain(path)->first, 2u);
}

TEST_F(AuditLogTest, ADiskThatIsFullIsToldAndLeavesNoHalfLine) {
    const auto log = Open();
    log->Append({"one", "ann"});
    log->Drain();
    std::string error;
    {
        const FileLimit limit(std::filesystem::file_size(path) + 10);
        log->Append({"two", "ann"},
                    [&](base::Result<std::uint64_t> done) { error = done ? "" : done.error().message; });
        log->Drain();
    }
    EXPECT_THAT(error, HasSubstr("cannot write the audit log " + path + ": File too large"));
    log->Append({"three", "ann"});
    log->Drain();
    EXPECT_EQ(Fault(), "");
    ASSERT_EQ(Lines().size(), 2u);
    EXPECT_EQ((*json::Parse(Lines()[1]))["number"], 2);
}

TEST_F(AuditLogTest, AFloodFromOneHostIsTwoLinesThatTellHowManyThereWere) {
    const auto log = Open();
    Collapse collapse(log.get(), clock);
    for (int i = 0; i < 1000; ++i) collapse.Note({"intake.refused", "127.0.0.1:" + std::to_string(1000 + i)});
    collapse.Note({"intake.refused", "127.0.0.2:1"});
    clock.Advance(61s);
    collapse.Note({"intake.refused", "127.0.0.1:9"});
    log->Drain();
    ASSERT_EQ(Lines().size(), 3u);
    EXPECT_EQ((*json::Parse(Lines()[2]))["left_out_before"], "999");
}

}  // namespace
}  // namespace fanfare::audit
