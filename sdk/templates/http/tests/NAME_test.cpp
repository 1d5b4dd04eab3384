// The plugin on a host that is a fake: no daemon, no network. A CHECK that fails says where.
#include <cstdio>
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

// What becomes of one event when the far side answers so.
fanfare::testing::Answer answer_to(fanfare::testing::FakeHttp::Reply reply) {
    FakeHost host;
    host.set_str("/url", "https://api.example.com/events");
    host.http.reply(std::move(reply));
    Instance instance(plugin(host), host);
    CHECK(instance.create() == FANFARE_OK && instance.validate() == FANFARE_OK && instance.start() == FANFARE_OK);
    CHECK(instance.deliver({TestEvent{}}) == FANFARE_OK);
    host.http.pump();
    CHECK(host.answers().size() == 1 && host.misbehaviour().empty());
    return host.answers().empty() ? fanfare::testing::Answer{} : host.answers()[0];
}

void an_event_is_one_post_with_a_key_that_stays_the_same() {
    FakeHost host;
    host.set_str("/url", "https://api.example.com/events");
    host.set_secret("/token", "s3cret");
    Instance instance(plugin(host), host);
    CHECK(instance.create() == FANFARE_OK && instance.validate() == FANFARE_OK && instance.start() == FANFARE_OK);
    TestEvent event;
    event.data = R"({"n": 1})";
    CHECK(instance.deliver({event}) == FANFARE_OK);
    CHECK(host.http.requests().size() == 1);
    const auto& request = host.http.requests()[0];
    CHECK(request.method == "POST" && request.url == "https://api.example.com/events" && request.body == event.data);
    CHECK(request.header("content-type") == "application/json");
    CHECK(request.header("idempotency-key") == "dlv_test");
    CHECK(request.header("authorization") == "Bearer s3cret");
}

void an_answer_becomes_the_outcome_that_the_readme_promises() {
    CHECK(answer_to({204}).outcome == FANFARE_DELIVERED);
    CHECK(answer_to({503, {}, {}, 2000}).outcome == FANFARE_RETRY);
    CHECK(answer_to({503, {}, {}, 2000}).retry_after_ms == 2000);
    CHECK(answer_to({429}).outcome == FANFARE_RETRY);
    CHECK(answer_to({400}).outcome == FANFARE_REJECTED);
    CHECK(answer_to({410}).gone);
    CHECK(answer_to({0, {}, {}, 0, FANFARE_HTTP_UNREACHABLE, "refused"}).outcome == FANFARE_UNREACHABLE);
    CHECK(answer_to({0, {}, {}, 0, FANFARE_HTTP_IN_DOUBT, "broken"}).outcome == FANFARE_RETRY);
}

void an_ordered_batch_stops_at_the_first_failure() {
    FakeHost host;
    host.set_str("/url", "https://api.example.com/events");
    host.http.reply({200});
    host.http.reply({503});
    Instance instance(plugin(host), host);
    CHECK(instance.create() == FANFARE_OK && instance.validate() == FANFARE_OK && instance.start() == FANFARE_OK);
    CHECK(instance.deliver({TestEvent{}, TestEvent{}, TestEvent{}}, FANFARE_BATCH_ORDERED) == FANFARE_OK);
    host.http.pump();
    const auto answers = host.answers();
    CHECK(host.http.requests().size() == 2);
    CHECK(answers.size() == 3 && answers[0].outcome == FANFARE_DELIVERED && answers[1].outcome == FANFARE_RETRY &&
          answers[2].outcome == FANFARE_NOT_ATTEMPTED);
    CHECK(host.misbehaviour().empty());
}

void a_url_that_is_none_is_refused_with_a_sentence() {
    FakeHost host;
    host.set_str("/url", "api.example.com");
    Instance instance(plugin(host), host);
    CHECK(instance.create() == FANFARE_OK);
    CHECK(instance.validate() == FANFARE_ECONFIG);
    CHECK(host.error().find("http://") != std::string::npos);
}

}  // namespace

int main() {
    an_event_is_one_post_with_a_key_that_stays_the_same();
    an_answer_becomes_the_outcome_that_the_readme_promises();
    an_ordered_batch_stops_at_the_first_failure();
    a_url_that_is_none_is_refused_with_a_sentence();
    return failures == 0 ? 0 : 1;
}
