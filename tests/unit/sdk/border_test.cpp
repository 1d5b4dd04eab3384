// What a host sees of a plugin class through the C ABI.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fanfare/plugin.hpp>
#include <fanfare/testing.hpp>

namespace fanfare {
namespace {

using ::testing::ElementsAre;
using testing::FakeHost;
using ::testing::HasSubstr;
using testing::Instance;
using ::testing::IsEmpty;
using testing::TestEvent;

constexpr Info kInfo = {"scripted", "1.2.3", "Example Ltd", "Apache-2.0", "For tests", "{}", 8};

struct OneByOne {
    static constexpr Info info = kInfo;
    static inline std::function<Outcome(const Event&)> script;
    OneByOne(const Host&, const Config&) {}
    Outcome deliver(const Event& event) { return script(event); }
};

struct Whole {
    static constexpr Info info = kInfo;
    static inline std::function<void(Batch&&)> script;
    Whole(const Host&, const Config&) {}
    void deliver(Batch&& batch) { script(std::move(batch)); }
};

struct Refusing {
    static constexpr Info info = kInfo;
    static inline std::function<bool(Batch&&)> script;
    Refusing(const Host&, const Config&) {}
    bool deliver(Batch&& batch) { return script(std::move(batch)); }
};

struct Hooked {
    static constexpr Info info = kInfo;
    static inline std::function<void(const std::string&)> script;
    Hooked(const Host&, const Config&) { script("create"); }
    ~Hooked() { calls.push_back("destroy"); }
    void validate() { script("validate"); }
    void start() { script("start"); }
    void stop(Deadline) { script("stop"); }
    void cancel(std::uint64_t id) { script("cancel " + std::to_string(id)); }
    Outcome deliver(const Event&) { return Outcome::delivered(); }
    static inline std::vector<std::string> calls;
};

template <class P>
const fanfare_plugin& Table() {
    static constexpr fanfare_plugin table = detail::Border<P>::table();
    return table;
}

std::vector<fanfare_outcome> Outcomes(const FakeHost& host) {
    std::vector<fanfare_outcome> out;
    for (const testing::Answer& answer : host.answers()) out.push_back(answer.outcome);
    return out;
}

template <class P>
struct Running {
    Running() : instance(Table<P>(), host) {
        instance.create();
        instance.start();
    }
    FakeHost host;
    Instance instance;
};

TEST(Border, TableSaysWhatTheClassSays) {
    const fanfare_plugin& table = Table<OneByOne>();
    EXPECT_EQ(table.struct_size, sizeof(fanfare_plugin));
    EXPECT_EQ(view(table.name), "scripted");
    EXPECT_EQ(view(table.version), "1.2.3");
    EXPECT_EQ(table.max_batch_events, 8u);
    EXPECT_EQ(table.required_minor, 0u);
}

TEST(Border, ClassThatTakesEventsIsBlockingAndOneThatTakesBatchesIsNot) {
    EXPECT_EQ(Table<OneByOne>().capabilities, FANFARE_CAP_BLOCKING);
    EXPECT_EQ(Table<Whole>().capabilities, 0u);
}

TEST(Border, BlockingClassGetsEveryEventOfABatchInTurn) {
    Running<OneByOne> run;
    std::string seen;
    OneByOne::script = [&](const Event& event) {
        seen += event.id();
        return event.id() == "b" ? Outcome::rejected("no b").with_code(42) : Outcome::delivered();
    };
    EXPECT_EQ(run.instance.deliver({TestEvent{"a"}, TestEvent{"b"}, TestEvent{"c"}}), FANFARE_OK);
    EXPECT_EQ(seen, "abc");
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_DELIVERED, FANFARE_REJECTED, FANFARE_DELIVERED));
    EXPECT_EQ(run.host.answers()[1].reason, "no b");
    EXPECT_EQ(run.host.answers()[1].code, 42);
}

TEST(Border, ExceptionOverOneEventIsARetryOfThatEventAlone) {
    Running<OneByOne> run;
    OneByOne::script = [](const Event& event) {
        if (event.id() == "b") throw std::runtime_error("the pipe burst");
        return Outcome::delivered();
    };
    run.instance.deliver({TestEvent{"a"}, TestEvent{"b"}, TestEvent{"c"}});
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_DELIVERED, FANFARE_RETRY, FANFARE_DELIVERED));
    EXPECT_EQ(run.host.answers()[1].reason, "the pipe burst");
}

TEST(Border, ThrowingSomethingOddStillAnswersEveryEvent) {
    Running<OneByOne> run;
    OneByOne::script = [](const Event&) -> Outcome { throw 7; };
    EXPECT_EQ(run.instance.deliver({TestEvent{"a"}, TestEvent{"b"}}), FANFARE_OK);
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_RETRY, FANFARE_RETRY));
}

TEST(Border, OrderedBatchStopsAtTheFirstFailure) {
    Running<OneByOne> run;
    OneByOne::script = [](const Event& event) {
        return event.id() == "b" ? Outcome::retry("busy") : Outcome::delivered();
    };
    run.instance.deliver({TestEvent{"a"}, TestEvent{"b"}, TestEvent{"c"}}, FANFARE_BATCH_ORDERED);
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_DELIVERED, FANFARE_RETRY, FANFARE_NOT_ATTEMPTED));
}

TEST(Border, FarSideOutOfReachIsTriedOncePerBatch) {
    Running<OneByOne> run;
    int tried = 0;
    OneByOne::script = [&](const Event&) {
        ++tried;
        return Outcome::unreachable("refused");
    };
    run.instance.deliver({TestEvent{"a"}, TestEvent{"b"}, TestEvent{"c"}});
    EXPECT_EQ(tried, 1);
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_UNREACHABLE, FANFARE_NOT_ATTEMPTED, FANFARE_NOT_ATTEMPTED));
}

TEST(Border, BatchPastItsDeadlineIsGivenBackUntouched) {
    Running<OneByOne> run;
    int tried = 0;
    OneByOne::script = [&](const Event&) {
        ++tried;
        return Outcome::delivered();
    };
    run.instance.deliver({TestEvent{}, TestEvent{}}, 0, std::chrono::steady_clock::now() - std::chrono::seconds(1));
    EXPECT_EQ(tried, 0);
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_NOT_ATTEMPTED, FANFARE_NOT_ATTEMPTED));
}

TEST(Border, EventShowsWhatIsRenderedForIt) {
    Running<OneByOne> run;
    TestEvent plain{"plain"};
    TestEvent shaped{"shaped"};
    shaped.shaped = true;
    shaped.content_type = "text/plain";
    shaped.data = "rendered";
    shaped.headers = {{"X-One", "1"}, {"X-Two", "2"}};
    shaped.options = {{"/url", "https://a/1"}, {"/empty", ""}};
    OneByOne::script = [&](const Event& event) {
        if (event.id() == "plain") {
            EXPECT_FALSE(event.shaped());
            EXPECT_EQ(event.header_count(), 0u);
            EXPECT_EQ(event.option("/url"), std::nullopt);
            return Outcome::delivered();
        }
        EXPECT_TRUE(event.shaped());
        EXPECT_EQ(event.data(), "rendered");
        EXPECT_EQ(event.header_count(), 2u);
        EXPECT_EQ(event.header(1).name, "X-Two");
        EXPECT_EQ(event.header(1).value, "2");
        EXPECT_EQ(event.option("/url"), "https://a/1");
        EXPECT_EQ(event.option("/empty"), "") << "rendered, to nothing";
        EXPECT_EQ(event.option("/method"), std::nullopt);
        return Outcome::delivered();
    };
    run.instance.deliver({plain, shaped});
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_DELIVERED, FANFARE_DELIVERED));
}

TEST(Batch, AnswersRetryForWhatIsOpenWhenItGoes) {
    Running<Whole> run;
    Whole::script = [](Batch&& batch) {
        const Batch mine = std::move(batch);
        const_cast<Batch&>(mine).answer(1, Outcome::delivered());
    };
    run.instance.deliver({TestEvent{"a"}, TestEvent{"b"}, TestEvent{"c"}});
    const auto answers = run.host.answers();
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(answers[0].index, 1u);
    EXPECT_EQ(answers[0].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[1].outcome, FANFARE_RETRY);
    EXPECT_THAT(answers[2].reason, HasSubstr("without an answer"));
    EXPECT_THAT(run.host.misbehaviour(), IsEmpty());
}

TEST(Batch, IsAnsweredEvenIfDeliverNeverTouchesIt) {
    Running<Whole> run;
    Whole::script = [](Batch&&) {};
    run.instance.deliver({TestEvent{}, TestEvent{}});
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_RETRY, FANFARE_RETRY));
}

TEST(Batch, ExceptionInDeliverIsTheReasonOfTheRetryAndIsLogged) {
    Running<Whole> run;
    Whole::script = [](Batch&& batch) {
        batch.answer(0, Outcome::delivered());
        throw std::runtime_error("out of ideas");
    };
    EXPECT_EQ(run.instance.deliver({TestEvent{}, TestEvent{}}), FANFARE_OK);
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_DELIVERED, FANFARE_RETRY));
    EXPECT_EQ(run.host.answers()[1].reason, "out of ideas");
    ASSERT_EQ(run.host.logs().size(), 1u);
    EXPECT_EQ(run.host.logs()[0].level, FANFARE_ERROR);
    EXPECT_EQ(run.host.logs()[0].message, "out of ideas");
}

TEST(Batch, MayBeKeptAndAnsweredLaterFromAnotherThread) {
    Running<Whole> run;
    std::optional<std::thread> worker;
    Whole::script = [&](Batch&& batch) {
        worker.emplace([kept = share(std::move(batch))] {
            for (std::size_t i = 0; i < kept->size(); ++i) kept->answer(i, Outcome::delivered());
        });
    };
    run.instance.deliver({TestEvent{}, TestEvent{}, TestEvent{}});
    EXPECT_TRUE(run.host.wait_for_answers(3));
    worker->join();
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_DELIVERED, FANFARE_DELIVERED, FANFARE_DELIVERED));
    EXPECT_THAT(run.host.misbehaviour(), IsEmpty());
}

TEST(Batch, SecondAnswerForAnEventIsAnErrorOfThePluginAndDoesNotReachTheHost) {
    Running<Whole> run;
    Whole::script = [](Batch&& batch) {
        batch.answer(0, Outcome::delivered());
        EXPECT_THROW(batch.answer(0, Outcome::delivered()), std::logic_error);
        EXPECT_THROW(batch.answer(9, Outcome::delivered()), std::logic_error);
        batch.answer_all(Outcome::rejected("rest"));
    };
    run.instance.deliver({TestEvent{}, TestEvent{}});
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_DELIVERED, FANFARE_REJECTED));
    EXPECT_THAT(run.host.misbehaviour(), IsEmpty());
}

TEST(Batch, AnswerOfARangeLeavesTheOthersOpen) {
    Running<Whole> run;
    Whole::script = [](Batch&& batch) {
        batch.answer_range(1, 3, Outcome::delivered());
        EXPECT_TRUE(batch.is_open(0));
        EXPECT_FALSE(batch.is_open(2));
        batch.answer_all(Outcome::rejected("rest"));
    };
    run.instance.deliver({TestEvent{}, TestEvent{}, TestEvent{}, TestEvent{}});
    EXPECT_THAT(Outcomes(run.host),
                ElementsAre(FANFARE_DELIVERED, FANFARE_DELIVERED, FANFARE_REJECTED, FANFARE_REJECTED));
}

TEST(Batch, RefusedByABusyPluginIsNotAnswered) {
    Running<Refusing> run;
    Refusing::script = [](Batch&&) { return false; };
    EXPECT_EQ(run.instance.deliver({TestEvent{}}), FANFARE_BUSY);
    EXPECT_THAT(run.host.answers(), IsEmpty());
    Refusing::script = [](Batch&& batch) {
        batch.answer_all(Outcome::delivered());
        return true;
    };
    EXPECT_EQ(run.instance.deliver({TestEvent{}}), FANFARE_OK);
    EXPECT_THAT(Outcomes(run.host), ElementsAre(FANFARE_DELIVERED));
}

TEST(Border, CallsTheOptionalMethodsInTheOrderOfTheLifeCycle) {
    Hooked::calls.clear();
    Hooked::script = [](const std::string& call) { Hooked::calls.push_back(call); };
    FakeHost host;
    {
        Instance instance(Table<Hooked>(), host);
        EXPECT_EQ(instance.create(), FANFARE_OK);
        EXPECT_EQ(instance.validate(), FANFARE_OK);
        EXPECT_EQ(instance.start(), FANFARE_OK);
    }
    EXPECT_THAT(Hooked::calls, ElementsAre("create", "validate", "start", "stop", "destroy"));
}

TEST(Border, ClassWithoutCancelOffersNone) {
    EXPECT_NE(Table<Hooked>().cancel, nullptr);
    EXPECT_EQ(Table<OneByOne>().cancel, nullptr);
}

TEST(Border, ConfigErrorIsToldApartFromOtherFailures) {
    FakeHost host;
    Instance instance(Table<Hooked>(), host);
    Hooked::script = [](const std::string&) { throw ConfigError("port 0 is no port: use 1 to 65535"); };
    EXPECT_EQ(instance.create(), FANFARE_ECONFIG);
    EXPECT_EQ(host.error(), "port 0 is no port: use 1 to 65535");
    Hooked::script = [](const std::string&) { throw std::runtime_error("no memory"); };
    EXPECT_EQ(instance.create(), FANFARE_EFAILED);
    EXPECT_EQ(host.error(), "no memory");
}

TEST(Border, ExceptionInStopIsLoggedAndDoesNotCross) {
    Hooked::script = [](const std::string& call) {
        if (call == "stop") throw std::runtime_error("stuck");
    };
    FakeHost host;
    Instance instance(Table<Hooked>(), host);
    instance.create();
    instance.end();
    ASSERT_EQ(host.logs().size(), 1u);
    EXPECT_EQ(host.logs()[0].message, "stuck");
}

TEST(Config, ReadsEveryTypeByPointerAndNamesWhatIsMissing) {
    FakeHost host;
    host.set_str("/a", "text");
    host.set_i64("/n", -7);
    host.set_f64("/f", 0.5);
    host.set_bool("/b", true);
    host.set_str("/table/x~1y", "1");
    host.set_str("/table/second", "2");
    host.set_empty_table("/empty");
    const Config config{Host(host.table(), host.ctx())};
    EXPECT_EQ(config.str("/a"), "text");
    EXPECT_EQ(config.i64("/n"), -7);
    EXPECT_EQ(config.f64("/f"), 0.5);
    EXPECT_TRUE(config.boolean("/b"));
    EXPECT_EQ(config.size("/table"), 2u);
    EXPECT_EQ(config.key("/table", 0), "x/y");
    EXPECT_EQ(config.str(pointer("/table", config.key("/table", 0))), "1");
    EXPECT_TRUE(config.has("/empty"));
    EXPECT_FALSE(config.has("/none"));
    EXPECT_EQ(config.str("/none", "fallback"), "fallback");
    try {
        (void)config.i64("/a");
        FAIL() << "a string was read as an integer";
    } catch (const ConfigError& e) {
        EXPECT_STREQ(e.what(), "option /a is missing or is not an integer");
    }
}

TEST(Config, SecretLongerThanTheFirstGuessIsReadWhole) {
    FakeHost host;
    host.set_secret("/token", std::string(5000, 's'));
    const Config config{Host(host.table(), host.ctx())};
    EXPECT_EQ(config.secret("/token").reveal(), std::string(5000, 's'));
    EXPECT_FALSE(config.find_secret("/other"));
    EXPECT_THROW((void)config.secret("/other"), ConfigError);
}

}  // namespace
}  // namespace fanfare
