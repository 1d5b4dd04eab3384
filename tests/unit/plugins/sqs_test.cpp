// The sqs plugin, seen by the requests that it hands to the host's HTTP client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fanfare/testing.hpp>

#include "unit/plugins/load_plugin.hpp"
#include "unit/plugins/openssl_crypto.hpp"

namespace fanfare {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::FakeHost;
using testing::FakeHttp;
using ::testing::HasSubstr;
using testing::Instance;
using ::testing::IsEmpty;
using testing::TestEvent;

const fanfare_plugin& Plugin() {
    static const fanfare_plugin& plugin = test::LoadPlugin(PLUGIN_FILE);
    return plugin;
}

std::string Md5(const std::string& text) {
    unsigned char digest[16];
    EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_md5(), nullptr);
    std::string out;
    for (const unsigned char byte : digest) {
        char hex[3];
        std::snprintf(hex, sizeof hex, "%02x", byte);
        out += hex;
    }
    return out;
}

std::vector<TestEvent> Events(std::size_t count) {
    std::vector<TestEvent> events(count);
    for (std::size_t i = 0; i < count; ++i) {
        events[i].id = "e" + std::to_string(i);
        events[i].data = "body " + std::to_string(i);
        events[i].delivery_id = "dlv_" + std::to_string(i);
    }
    return events;
}

class Sqs : public ::testing::Test {
protected:
    Sqs() {
        host_.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto());
        host_.set_secret("/access_key_id", "AKIDEXAMPLE");
        host_.set_secret("/secret_access_key", "secretexample");
        host_.set_str("/queue_url", "https://sqs.eu-west-1.amazonaws.com/123456789012/orders");
    }
    void Start() {
        instance_ = std::make_unique<Instance>(Plugin(), host_);
        ASSERT_EQ(instance_->create(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->validate(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->start(), FANFARE_OK);
    }
    std::string Refusal() {
        Instance instance(Plugin(), host_);
        if (instance.create() != FANFARE_OK || instance.validate() != FANFARE_OK) return host_.error();
        return {};
    }
    // What SQS answers to the last request if it takes all, with `failed` entries by index of the event.
    json AllTaken(std::vector<json> failed = {}) const {
        json answer = {{"Successful", json::array()}, {"Failed", failed}};
        const json request = json::parse(host_.http.requests().back().body);
        for (const json& entry : request["Entries"]) {
            bool taken = true;
            for (const json& one : failed) taken = taken && one["Id"] != entry["Id"];
            if (!taken) continue;
            answer["Successful"].push_back({{"Id", entry["Id"]},
                                            {"MessageId", "m" + entry["Id"].get<std::string>()},
                                            {"MD5OfMessageBody", Md5(entry["MessageBody"])}});
        }
        return answer;
    }
    void Deliver(std::vector<TestEvent> events, std::uint32_t flags = 0) {
        ASSERT_EQ(instance_->deliver(std::move(events), flags), FANFARE_OK);
    }
    // Answers one request after the other, each as taken.
    void TakeAll() {
        while (host_.http.open() > 0) {
            host_.http.reply({200, AllTaken().dump()});
            host_.http.pump_one();
        }
    }
    json Sent(std::size_t n = 0) const { return json::parse(host_.http.requests().at(n).body); }
    json Entry(TestEvent event) {
        Start();
        Deliver({std::move(event)});
        return host_.http.requests().empty() ? json() : Sent()["Entries"][0];
    }
    // Outcomes by event.
    std::vector<fanfare_outcome> Outcomes(std::size_t count) const {
        std::vector<fanfare_outcome> out(count, FANFARE_UNSET);
        for (const auto& answer : host_.answers()) out.at(answer.index) = answer.outcome;
        return out;
    }

    FakeHost host_;
    std::unique_ptr<Instance> instance_;
};

TEST_F(Sqs, SchemaIsJsonAndDescribesEveryOption) {
    const json schema = json::parse(view(Plugin().config_schema));
    EXPECT_EQ(schema["additionalProperties"], false);
    for (const auto& [name, option] : schema["properties"].items()) EXPECT_TRUE(option.contains("description")) << name;
    EXPECT_EQ(view(Plugin().name), "sqs");
    EXPECT_EQ(Plugin().max_batch_events, 10u);
}

TEST_F(Sqs, OneRequestCarriesTenEventsSignedForTheRegionOfTheQueue) {
    Start();
    Deliver(Events(10));
    ASSERT_EQ(host_.http.requests().size(), 1u);
    const FakeHttp::Request& request = host_.http.requests()[0];
    EXPECT_EQ(request.method + ' ' + request.url, "POST https://sqs.eu-west-1.amazonaws.com/");
    EXPECT_EQ(request.header("content-type"), "application/x-amz-json-1.0");
    EXPECT_EQ(request.header("x-amz-target"), "AmazonSQS.SendMessageBatch");
    EXPECT_THAT(request.header("authorization"), HasSubstr("Credential=AKIDEXAMPLE/"));
    EXPECT_THAT(request.header("authorization"), HasSubstr("/eu-west-1/sqs/aws4_request"));
    const json body = Sent();
    EXPECT_EQ(body["QueueUrl"], "https://sqs.eu-west-1.amazonaws.com/123456789012/orders");
    ASSERT_EQ(body["Entries"].size(), 10u);
    EXPECT_EQ(body["Entries"][9]["MessageBody"], "body 9");
    EXPECT_FALSE(body["Entries"][9].contains("DelaySeconds"));
    EXPECT_FALSE(body["Entries"][9].contains("MessageGroupId"));
    TakeAll();
    EXPECT_EQ(Outcomes(10), std::vector<fanfare_outcome>(10, FANFARE_DELIVERED));
    EXPECT_EQ(host_.answers()[0].code, 200);
    EXPECT_EQ(host_.answers()[0].response, "MessageId m0");
}

TEST_F(Sqs, EntriesThatFailAreRetriedOrRejectedEachByItself) {
    Start();
    Deliver(Events(10));
    host_.http.reply(
        {200, AllTaken({{{"Id", "3"}, {"SenderFault", false}, {"Code", "InternalError"}, {"Message", "later"}},
                        {{"Id", "5"}, {"SenderFault", true}, {"Code", "InvalidParameterValue"}},
                        {{"Id", "7"}, {"SenderFault", true}, {"Code", "RequestThrottled"}}})
                  .dump()});
    host_.http.pump();
    std::vector<fanfare_outcome> expected(10, FANFARE_DELIVERED);
    expected[3] = expected[7] = FANFARE_RETRY;
    expected[5] = FANFARE_REJECTED;
    EXPECT_EQ(Outcomes(10), expected);
    EXPECT_THAT(host_.misbehaviour(), IsEmpty());
    for (const auto& answer : host_.answers()) {
        if (answer.index == 3) {
            EXPECT_EQ(answer.reason, "sqs.eu-west-1.amazonaws.com says InternalError: later");
        }
    }
}

TEST_F(Sqs, AnEntryThatTheAnswerPassesOverAndOneWithAnotherMd5AreRetried) {
    Start();
    Deliver(Events(3));
    json answer = AllTaken();
    answer["Successful"][0]["MD5OfMessageBody"] = Md5("another");
    answer["Successful"].erase(1);
    answer["Successful"][1]["MD5OfMessageAttributes"] = Md5("another");
    host_.http.reply({200, answer.dump()});
    host_.http.pump();
    EXPECT_EQ(Outcomes(3), std::vector<fanfare_outcome>(3, FANFARE_RETRY));
}

TEST_F(Sqs, AnAnswerThatIsNotJsonIsRetried) {
    Start();
    Deliver(Events(2));
    host_.http.reply({200, "<html>"});
    host_.http.pump();
    EXPECT_EQ(Outcomes(2), std::vector<fanfare_outcome>(2, FANFARE_RETRY));
}

TEST_F(Sqs, WhatDoesNotFitIntoOneRequestGoesWithTheNextOneAfterIt) {
    host_.set_i64("/max_message_bytes", 2000);
    Start();
    std::vector<TestEvent> events = Events(5);
    for (TestEvent& event : events) event.data = std::string(800, 'x');
    Deliver(std::move(events));
    EXPECT_EQ(host_.http.open(), 1u) << "one request of a batch at a time";
    TakeAll();
    ASSERT_EQ(host_.http.requests().size(), 3u);
    EXPECT_EQ(Sent(0)["Entries"].size(), 2u);
    EXPECT_EQ(Sent(2)["Entries"].size(), 1u);
    EXPECT_EQ(Outcomes(5), std::vector<fanfare_outcome>(5, FANFARE_DELIVERED));
}

TEST_F(Sqs, AMessageMayHaveTheWholeSizeAndNotOneByteMore) {
    host_.set_i64("/max_message_bytes", 2000);
    host_.set_empty_table("/attributes");
    Start();
    std::vector<TestEvent> events = Events(2);
    events[0].data = std::string(2000, 'x');
    events[1].data = std::string(2001, 'x');
    Deliver(std::move(events));
    TakeAll();
    EXPECT_EQ(Outcomes(2), (std::vector<fanfare_outcome>{FANFARE_DELIVERED, FANFARE_REJECTED}));
    EXPECT_THAT(host_.answers()[0].reason, HasSubstr("2001 bytes"));
}

TEST_F(Sqs, ARequestThatTheServiceFindsTooLongIsSentAgainOneByOne) {
    Start();
    Deliver(Events(2));
    host_.http.reply({400, R"({"__type":"com.amazonaws.sqs#BatchRequestTooLong","message":"too long"})"});
    host_.http.pump_one();
    ASSERT_EQ(host_.http.requests().size(), 2u);
    EXPECT_EQ(Sent(1)["Entries"].size(), 1u);
    host_.http.reply({400, R"({"__type":"com.amazonaws.sqs#BatchRequestTooLong","message":"too long"})"});
    host_.http.pump_one();
    TakeAll();
    EXPECT_EQ(Outcomes(2), (std::vector<fanfare_outcome>{FANFARE_REJECTED, FANFARE_DELIVERED}));
}

TEST_F(Sqs, AttributesOfTheEventAreMessageAttributesAndTheirMd5IsVerified) {
    TestEvent event;
    event.id = "42";
    event.subject = "Euro \xE2\x82\xAC";
    event.realm = "A";
    event.extensions = {{"count", "7"}, {"flag", "true"}, {"more", "x"}};
    event.extension_kinds = {FANFARE_KIND_INTEGER, FANFARE_KIND_BOOLEAN, FANFARE_KIND_STRING};
    const json attributes = Entry(event)["MessageAttributes"];
    EXPECT_EQ(attributes["ce-id"], json({{"DataType", "String"}, {"StringValue", "42"}}));
    EXPECT_EQ(attributes["ce-subject"]["StringValue"], "Euro \xE2\x82\xAC");
    EXPECT_EQ(attributes["realm"]["StringValue"], "A");
    EXPECT_EQ(attributes["content-type"]["StringValue"], "application/json");
    EXPECT_EQ(attributes["ce-count"], json({{"DataType", "Number"}, {"StringValue", "7"}}));
    EXPECT_EQ(attributes["ce-flag"]["DataType"], "String");
    EXPECT_EQ(attributes.size(), 10u);
    EXPECT_FALSE(attributes.contains("ce-time")) << "an absent attribute is not sent";
}

TEST_F(Sqs, NoMoreThanTenAttributesAreSentTheExtensionsGiveWay) {
    TestEvent event;
    event.subject = "s";
    event.time = "2026-01-01T00:00:00Z";
    event.realm = "A";
    event.data_schema = "urn:x";
    event.extensions = {{"aa", "1"}, {"bb", "2"}};
    const json attributes = Entry(event)["MessageAttributes"];
    EXPECT_EQ(attributes.size(), 10u);
    EXPECT_TRUE(attributes.contains("ce-aa"));
    EXPECT_FALSE(attributes.contains("ce-bb"));
}

TEST_F(Sqs, OnlyTheAttributesThatAreListedAreSent) {
    host_.set_str("/attributes/0", "type");
    host_.set_str("/attributes/1", "bb");
    TestEvent event;
    event.extensions = {{"aa", "1"}, {"bb", "2"}};
    const json attributes = Entry(event)["MessageAttributes"];
    EXPECT_EQ(attributes.size(), 2u);
    EXPECT_EQ(attributes["ce-type"]["StringValue"], "test.happened");
    EXPECT_EQ(attributes["ce-bb"]["StringValue"], "2");
}

// The digest is that of the npm package aws-md5-of-message-attributes for the same attribute.
TEST_F(Sqs, TheMd5OfAttributesIsThatOfAws) {
    TestEvent event;
    event.shaped = true;
    event.headers = {{"attribName1", "attribValue 1"}};
    EXPECT_EQ(Entry(event)["MessageAttributes"].size(), 1u) << "of a shaped event only what is rendered";
    json answer = AllTaken();
    answer["Successful"][0]["MD5OfMessageAttributes"] = "19e27d4e946b072f3f58da80d94fd778";
    host_.http.reply({200, answer.dump()});
    host_.http.pump();
    EXPECT_EQ(Outcomes(1)[0], FANFARE_DELIVERED);
}

TEST_F(Sqs, ARenderedHeaderThatIsNoMessageAttributeIsRejectedUnsent) {
    Start();
    std::vector<TestEvent> events = Events(3);
    events[0].headers = {{"AWS.x", "v"}};
    events[1].headers = {{"x..y", "v"}};
    events[2].headers = {{"x", "\x01"}};
    Deliver(std::move(events));
    EXPECT_THAT(host_.http.requests(), IsEmpty());
    EXPECT_EQ(Outcomes(3), std::vector<fanfare_outcome>(3, FANFARE_REJECTED));
}

TEST_F(Sqs, TextThatSqsDoesNotTakeIsRejectedAndTheRestIsSent) {
    Start();
    std::vector<TestEvent> events = Events(6);
    events[0].data = "";
    events[1].data = std::string("a\0b", 3);
    events[2].data = "\xFF";
    events[3].data = "\xEF\xBF\xBF";
    events[4].data = "tab\tline\r\n\x7F \xF0\x9F\x98\x80";
    Deliver(std::move(events));
    TakeAll();
    EXPECT_EQ(Outcomes(6), (std::vector<fanfare_outcome>{FANFARE_REJECTED, FANFARE_REJECTED, FANFARE_REJECTED,
                                                         FANFARE_REJECTED, FANFARE_DELIVERED, FANFARE_DELIVERED}));
    EXPECT_EQ(Sent()["Entries"].size(), 2u);
    EXPECT_THAT(host_.answers()[0].reason, HasSubstr("no empty message"));
    EXPECT_THAT(host_.answers()[1].reason, HasSubstr("base64"));
}

TEST_F(Sqs, Base64CarriesAnyBytes) {
    host_.set_str("/encoding", "base64");
    TestEvent event;
    event.data = std::string("a\0b", 3);
    EXPECT_EQ(Entry(event)["MessageBody"], "YQBi");
}

TEST_F(Sqs, DelayIsSentOnlyIfItIsSet) {
    host_.set_i64("/delay_seconds", 0);
    EXPECT_EQ(Entry({})["DelaySeconds"], 0);
}

class SqsFifo : public Sqs {
protected:
    SqsFifo() { host_.set_str("/queue_url", "https://sqs.eu-west-1.amazonaws.com/123456789012/orders.fifo"); }
};

TEST_F(SqsFifo, TheGroupIsOneForAllWithoutAnOrderKeyAndDeduplicationIsByDelivery) {
    const json entry = Entry({});
    EXPECT_EQ(entry["MessageGroupId"], "fanfare");
    EXPECT_EQ(entry["MessageDeduplicationId"], "dlv_test");
}

TEST_F(SqsFifo, GroupAndDeduplicationIdComeFromTheirTemplates) {
    host_.set_str("/message_group_id", "{{ subject }}");
    host_.set_str("/deduplication_id", "{{ id }}");
    TestEvent event;
    event.options = {{"/message_group_id", "group-1"}, {"/deduplication_id", "id-1"}};
    const json entry = Entry(event);
    EXPECT_EQ(entry["MessageGroupId"], "group-1");
    EXPECT_EQ(entry["MessageDeduplicationId"], "id-1");
}

TEST_F(SqsFifo, ARenderedIdThatSqsDoesNotTakeIsRejected) {
    host_.set_str("/message_group_id", "{{ subject }}");
    Start();
    std::vector<TestEvent> events = Events(4);
    events[0].options = {{"/message_group_id", ""}};
    events[1].options = {{"/message_group_id", "with space"}};
    events[2].options = {{"/message_group_id", std::string(129, 'x')}};
    Deliver(std::move(events));
    EXPECT_THAT(host_.http.requests(), IsEmpty());
    EXPECT_EQ(Outcomes(4), std::vector<fanfare_outcome>(4, FANFARE_REJECTED)) << "the last one: not rendered at all";
}

TEST_F(SqsFifo, AnOrderedBatchIsSentOneByOneAndStopsAtTheFirstFailure) {
    Start();
    Deliver(Events(3), FANFARE_BATCH_ORDERED);
    EXPECT_EQ(Sent(0)["Entries"].size(), 1u);
    host_.http.reply({200, AllTaken().dump()});
    host_.http.pump_one();
    host_.http.reply({200, AllTaken({{{"Id", "1"}, {"SenderFault", false}, {"Code", "InternalError"}}}).dump()});
    host_.http.pump();
    EXPECT_EQ(host_.http.requests().size(), 2u);
    EXPECT_EQ(Outcomes(3), (std::vector<fanfare_outcome>{FANFARE_DELIVERED, FANFARE_RETRY, FANFARE_NOT_ATTEMPTED}));
}

TEST_F(SqsFifo, AnUnfitEventInAnOrderedBatchHoldsUpThoseAfterIt) {
    Start();
    std::vector<TestEvent> events = Events(3);
    events[1].data = "";
    Deliver(std::move(events), FANFARE_BATCH_ORDERED);
    TakeAll();
    EXPECT_EQ(Outcomes(3), (std::vector<fanfare_outcome>{FANFARE_DELIVERED, FANFARE_REJECTED, FANFARE_NOT_ATTEMPTED}));
}

class SqsByName : public Sqs {
protected:
    SqsByName() {
        host_.set_str("/queue_url", "");
        host_.set_str("/queue", "orders");
        host_.set_str("/region", "eu-west-1");
        host_.set_str("/endpoint", "http://sqs.test:4100");
    }
};

TEST_F(SqsByName, TheUrlIsAskedForOnceForAllBatchesThatWait) {
    Start();
    Deliver(Events(2));
    Deliver(Events(2));
    ASSERT_EQ(host_.http.requests().size(), 1u);
    EXPECT_EQ(host_.http.requests()[0].header("x-amz-target"), "AmazonSQS.GetQueueUrl");
    EXPECT_EQ(Sent(), json({{"QueueName", "orders"}}));
    host_.http.reply({200, R"({"QueueUrl":"http://sqs.test:4100/000000000000/orders"})"});
    host_.http.pump_one();
    EXPECT_EQ(host_.http.requests().size(), 3u);
    EXPECT_EQ(Sent(2)["QueueUrl"], "http://sqs.test:4100/000000000000/orders");
    TakeAll();
    Deliver(Events(1));
    EXPECT_EQ(host_.http.requests().back().header("x-amz-target"), "AmazonSQS.SendMessageBatch");
}

TEST_F(SqsByName, AQueueThatIsNotThereIsRejectedAndAskedForAgain) {
    host_.set_str("/queue_owner", "123456789012");
    Start();
    for (int i = 0; i < 2; ++i) {
        Deliver(Events(1));
        EXPECT_EQ(Sent(i)["QueueOwnerAWSAccountId"], "123456789012");
        host_.http.reply(
            {400,
             R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."})"});
        host_.http.pump();
        EXPECT_EQ(host_.answers().back().outcome, FANFARE_REJECTED);
        EXPECT_THAT(host_.answers().back().reason, HasSubstr("QueueDoesNotExist: The specified queue does not exist."));
    }
}

TEST_F(SqsByName, AnAnswerWithoutAUrlIsRetried) {
    Start();
    Deliver(Events(1));
    host_.http.reply({200, "{}"});
    host_.http.pump();
    EXPECT_EQ(host_.answers().back().outcome, FANFARE_RETRY);
}

TEST_F(Sqs, ARequestThatFailsAsAWholeSpeaksForAllThatItHeldAndGivesTheRestBack) {
    host_.set_i64("/max_message_bytes", 2000);
    Start();
    std::vector<TestEvent> events = Events(4);
    for (TestEvent& event : events) event.data = std::string(800, 'x');
    Deliver(std::move(events));
    FakeHttp::Reply reply;
    reply.end = FANFARE_HTTP_UNREACHABLE;
    host_.http.reply(reply);
    host_.http.pump();
    EXPECT_EQ(host_.http.requests().size(), 1u);
    EXPECT_EQ(Outcomes(4), (std::vector<fanfare_outcome>{FANFARE_UNREACHABLE, FANFARE_UNREACHABLE,
                                                         FANFARE_NOT_ATTEMPTED, FANFARE_NOT_ATTEMPTED}));
}

TEST_F(Sqs, OptionsThatCannotWorkAreRefusedWithTheRemedy) {
    host_.set_str("/queue", "orders");
    EXPECT_THAT(Refusal(), HasSubstr("exactly one"));
    host_.set_str("/queue", "");
    host_.set_str("/queue_url", "orders");
    EXPECT_THAT(Refusal(), HasSubstr("queue_url"));
    host_.set_str("/queue_url", "https://queue.example.com/1/orders");
    host_.set_str("/profile", "nobody-has-this-profile");
    EXPECT_THAT(Refusal(), HasSubstr("region is missing"));
    host_.set_str("/region", "eu-west-1");
    EXPECT_EQ(Refusal(), "");
    host_.set_str("/deduplication_id", "x");
    EXPECT_THAT(Refusal(), HasSubstr(".fifo"));
    host_.set_str("/queue_url", "https://queue.example.com/1/orders.fifo");
    EXPECT_EQ(Refusal(), "");
    host_.set_i64("/delay_seconds", 5);
    EXPECT_THAT(Refusal(), HasSubstr("delay_seconds"));
}

TEST_F(Sqs, HalfAKeyIsRefused) {
    host_.drop_secret("/secret_access_key");
    EXPECT_THAT(Refusal(), HasSubstr("access_key_id and secret_access_key"));
}

TEST_F(Sqs, NothingOfKeysAndSignaturesIsLogged) {
    Start();
    Deliver(Events(2));
    host_.http.reply({403, R"({"__type":"SignatureDoesNotMatch","message":"bad AKIDEXAMPLE"})"});
    host_.http.pump();
    for (const auto& line : host_.logs()) {
        EXPECT_EQ(line.message.find("EXAMPLE"), std::string::npos);
        for (const auto& [name, value] : line.fields) EXPECT_EQ(value.find("EXAMPLE"), std::string::npos) << name;
    }
    EXPECT_EQ(host_.answers()[0].reason, "sqs.eu-west-1.amazonaws.com says SignatureDoesNotMatch: bad ***");
}

}  // namespace
}  // namespace fanfare
