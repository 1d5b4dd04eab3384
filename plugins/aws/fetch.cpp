#include "aws/fetch.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "aws/fault.hpp"
#include "aws/sigv4.hpp"
#include "aws/text.hpp"

namespace fanfare::plugins::aws {

namespace {

using nlohmann::json;

// For one request. These endpoints are near: who waits longer waits in vain, and all deliveries wait along.
constexpr std::chrono::seconds kTimeLimit{10};
// Of the token of IMDSv2, which is used at once.
constexpr char kTokenSeconds[] = "60";

constexpr char kInstanceName[] = "the EC2 instance metadata service";
constexpr char kContainerName[] = "the container credentials endpoint";
constexpr char kStsName[] = "AWS STS";

Fetched Failed(const std::string& where, const std::string& what) {
    return {nullptr, Outcome::unreachable("no AWS credentials from " + where + ": " + what)};
}

// Of a response that is no 2xx. `secret` was in the request.
Fetched Failed(const std::string& where, const HttpResponse& response, std::string_view secret = {}) {
    Outcome outcome = OutcomeOf(response, FaultOf(response), where, {secret});
    if (outcome.kind == FANFARE_NOT_ATTEMPTED) return {nullptr, std::move(outcome)};
    outcome.reason = "no AWS credentials: " + outcome.reason;
    // What an endpoint of credentials answers is not for the record, whatever it is.
    outcome.response.clear();
    outcome.kind = FANFARE_UNREACHABLE;
    outcome.retry_after_ms = 0;
    return {nullptr, std::move(outcome)};
}

bool IsGood(const HttpResponse& response) {
    return response.done() && response.status() >= 200 && response.status() <= 299;
}

std::string Member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// {"AccessKeyId": ..., "SecretAccessKey": ..., "Token": ..., "Expiration": "2026-01-02T03:04:05Z"}
Fetched OfJson(const std::string& where, std::string_view body) {
    const json answer = json::parse(body, nullptr, /*allow_exceptions*/ false);
    if (!answer.is_object()) return Failed(where, "its answer is not JSON");
    std::string id = Member(answer, "AccessKeyId");
    std::string secret = Member(answer, "SecretAccessKey");
    if (id.empty() || secret.empty()) {
        // The instance metadata service answers 200 with a Code for a role that cannot be assumed.
        return Failed(where, "its answer holds none; code '" + first_line(Member(answer, "Code"), 64) + "'");
    }
    return {std::make_shared<Keys>(std::move(id), std::move(secret), Member(answer, "Token"),
                                   ParseTime(Member(answer, "Expiration")))};
}

Fetched OfXml(std::string_view body) {
    const auto id = XmlText(body, "AccessKeyId");
    const auto secret = XmlText(body, "SecretAccessKey");
    const auto token = XmlText(body, "SessionToken");
    if (!id || !secret || !token) return Failed(kStsName, "its answer holds none");
    return {std::make_shared<Keys>(*id, *secret, *token, ParseTime(XmlText(body, "Expiration").value_or("")))};
}

void Send(const Http& http, std::string_view method, std::string_view url, HttpHeaders& headers, std::string_view body,
          std::function<void(const HttpResponse&)> done) {
    HttpRequest request;
    request.method = method;
    request.url = url;
    request.headers = &headers;
    request.body = body;
    request.deadline = std::chrono::steady_clock::now() + kTimeLimit;
    http.send(request, std::move(done));
}

std::int64_t UnixSeconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

Fetcher::Fetcher(const Host& host, Surroundings surroundings, Sts sts)
    : http_(host), crypto_(host), surroundings_(std::move(surroundings)), sts_(std::move(sts)) {}

void Fetcher::Fetch(const Plan& plan, FetchDone done) const {
    if (plan.assume) {
        done = [this, role = *plan.assume, done = std::move(done)](Fetched base) {
            if (base.keys == nullptr) return done(std::move(base));
            Assume(base.keys, role, done);
        };
    }
    if (const auto* nowhere = std::get_if<Nowhere>(&plan.from))
        return done({nullptr, Outcome::unreachable(nowhere->why)});
    if (const auto* keys = std::get_if<KeysPtr>(&plan.from)) return done({*keys});
    if (const auto* identity = std::get_if<WebIdentity>(&plan.from)) return FromWebIdentity(*identity, std::move(done));
    if (const auto* container = std::get_if<Container>(&plan.from)) return FromContainer(*container, std::move(done));
    FromInstance(std::get<InstanceMetadata>(plan.from), std::move(done));
}

void Fetcher::FromWebIdentity(const WebIdentity& identity, FetchDone done) const {
    const auto token = surroundings_.file(identity.token_file);
    if (!token)
        return done(Failed(kStsName, "the web identity token file cannot be read: check AWS_WEB_IDENTITY_TOKEN_FILE"));
    const std::string body = FormEncode({{"Action", "AssumeRoleWithWebIdentity"},
                                         {"Version", "2011-06-15"},
                                         {"RoleArn", identity.role.arn},
                                         {"RoleSessionName", identity.role.session_name},
                                         {"WebIdentityToken", std::string(Trim(*token))}});
    AskSts(body, nullptr, std::move(done));
}

void Fetcher::Assume(const KeysPtr& keys, const Role& role, FetchDone done) const {
    std::vector<std::pair<std::string, std::string>> fields = {{"Action", "AssumeRole"},
                                                               {"Version", "2011-06-15"},
                                                               {"RoleArn", role.arn},
                                                               {"RoleSessionName", role.session_name}};
    if (!role.external_id.empty()) fields.emplace_back("ExternalId", role.external_id);
    AskSts(FormEncode(fields), keys, std::move(done));
}

// keys: signs the request; nullptr: it is not signed.
void Fetcher::AskSts(const std::string& body, const KeysPtr& keys, FetchDone done) const {
    SignedRequest request{
        "POST", sts_.url, {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}}, body};
    if (keys != nullptr) Sign(crypto_, *keys, {sts_.region, "sts"}, UnixSeconds(), request);
    HttpHeaders headers;
    for (const auto& [name, value] : request.headers) headers.add(name, value);
    Send(http_, request.method, request.url, headers, body,
         [done = std::move(done), keys](const HttpResponse& response) {
             if (IsGood(response)) return done(OfXml(response.body()));
             done(Failed(kStsName, response,
                         keys != nullptr ? std::string_view(keys->session_token) : std::string_view()));
         });
}

void Fetcher::FromContainer(const Container& container, FetchDone done) const {
    HttpHeaders headers;
    std::string token = container.token;
    if (!container.token_file.empty()) {
        const auto file = surroundings_.file(container.token_file);
        if (!file) return done(Failed(kContainerName, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read"));
        token = Trim(*file);
    }
    if (!token.empty()) headers.add("authorization", token);
    Send(http_, "GET", container.url, headers, {}, [done = std::move(done)](const HttpResponse& response) {
        done(IsGood(response) ? OfJson(kContainerName, response.body()) : Failed(kContainerName, response));
    });
}

void Fetcher::FromInstance(const InstanceMetadata& instance, FetchDone done) const {
    HttpHeaders headers;
    headers.add("x-aws-ec2-metadata-token-ttl-seconds", kTokenSeconds);
    const std::string root = instance.endpoint + "/latest/meta-data/iam/security-credentials/";
    Send(http_, "PUT", instance.endpoint + "/latest/api/token", headers, {},
         [this, root, done = std::move(done)](const HttpResponse& response) {
             if (!IsGood(response)) return done(Failed(kInstanceName, response));
             ListRoles(root, std::string(Trim(response.body())), done);
         });
}

void Fetcher::ListRoles(const std::string& root, const std::string& token, FetchDone done) const {
    HttpHeaders headers;
    headers.add("x-aws-ec2-metadata-token", token);
    Send(http_, "GET", root, headers, {}, [this, root, token, done = std::move(done)](const HttpResponse& response) {
        if (!IsGood(response)) return done(Failed(kInstanceName, response));
        const std::string role = first_line(response.body(), 256);
        if (role.empty()) return done(Failed(kInstanceName, "the instance has no role: attach an instance profile"));
        HttpHeaders again;
        again.add("x-aws-ec2-metadata-token", token);
        Send(http_, "GET", root + PercentEncode(role), again, {}, [done](const HttpResponse& keys) {
            done(IsGood(keys) ? OfJson(kInstanceName, keys.body()) : Failed(kInstanceName, keys));
        });
    });
}

}  // namespace fanfare::plugins::aws
