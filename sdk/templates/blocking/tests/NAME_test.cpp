// The plugin on a host that is a fake: no daemon. A CHECK that fails says where.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <fanfare/testing.hpp>

namespace {

using fanfare::testing::FakeHost;
using fanfare::testing::Instance;
using fanfare::testing::TestEvent;

int failures = 0;

#define CHECK(condition) \
    ((condition) ? void() : void((++failures, std::printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #condition))))

const fanfare_plugin& plugin(FakeHost& host) { return *fanfare_plugin_query_v1(host.table()); }

// A file in a directory of its own; both are gone afterwards.
class Place {
public:
    Place() { CHECK(mkdtemp(directory_) != nullptr); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        std::remove(file().c_str());
        rmdir(directory_);
    }
    std::string file() const { return std::string(directory_) + "/events"; }
    std::string text() const {
        std::ifstream in(file());
        return {std::istreambuf_iterator<char>(in), {}};
    }

private:
    char directory_[32] = "/tmp/@NAME@.XXXXXX";
};

void events_are_lines_in_their_order() {
    const Place place;
    FakeHost host;
    host.set_str("/path", place.file());
    Instance instance(plugin(host), host);
    CHECK(instance.create() == FANFARE_OK && instance.validate() == FANFARE_OK && instance.start() == FANFARE_OK);
    TestEvent first, second;
    first.data = "{\n}";
    second.id = "2";
    CHECK(instance.deliver({first, second}, FANFARE_BATCH_ORDERED) == FANFARE_OK);
    CHECK(place.text() == "1\ttest.happened\t{ }\n2\ttest.happened\t{}\n");
    const auto answers = host.answers();
    CHECK(answers.size() == 2 && answers[0].outcome == FANFARE_DELIVERED && answers[1].outcome == FANFARE_DELIVERED);
    CHECK(host.misbehaviour().empty());
}

void a_file_that_cannot_be_opened_makes_the_destination_wait() {
    FakeHost host;
    host.set_str("/path", "/there-is-no-such-directory/events");
    Instance instance(plugin(host), host);
    CHECK(instance.create() == FANFARE_OK && instance.validate() == FANFARE_OK && instance.start() == FANFARE_OK);
    CHECK(instance.deliver({TestEvent{}, TestEvent{}}) == FANFARE_OK);
    const auto answers = host.answers();
    CHECK(answers.size() == 2 && answers[0].outcome == FANFARE_UNREACHABLE && answers[1].outcome == FANFARE_NOT_ATTEMPTED);
    CHECK(!answers.empty() && answers[0].reason.find("cannot be opened") != std::string::npos);
}

void a_full_disk_is_tried_again() {
    FakeHost host;
    host.set_str("/path", "/dev/full");
    Instance instance(plugin(host), host);
    CHECK(instance.create() == FANFARE_OK && instance.validate() == FANFARE_OK && instance.start() == FANFARE_OK);
    CHECK(instance.deliver({TestEvent{}}) == FANFARE_OK);
    CHECK(host.answers().size() == 1 && host.answers()[0].outcome == FANFARE_RETRY);
}

void a_relative_path_is_refused_with_a_sentence() {
    FakeHost host;
    host.set_str("/path", "events");
    Instance instance(plugin(host), host);
    CHECK(instance.create() == FANFARE_OK);
    CHECK(instance.validate() == FANFARE_ECONFIG);
    CHECK(host.error().find("absolute") != std::string::npos);
}

}  // namespace

int main() {
    events_are_lines_in_their_order();
    a_file_that_cannot_be_opened_makes_the_destination_wait();
    a_full_disk_is_tried_again();
    a_relative_path_is_refused_with_a_sentence();
    return failures == 0 ? 0 : 1;
}
