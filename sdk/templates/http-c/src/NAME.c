/* Posts every event to a URL. The request is sent by the host; see <fanfare/http.h>. */
#include <fanfare/http.h>
#include <fanfare/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the operator can write; the host checks it and documents it. */
#define SCHEMA                                                                                               \
    "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"type\": \"object\","                       \
    " \"additionalProperties\": false, \"required\": [\"url\"], \"properties\": {"                           \
    "\"url\": {\"type\": \"string\", \"minLength\": 1, \"description\":"                                     \
    " \"Address that every event is posted to\", \"examples\": [\"https://api.example.com/events\"]},"        \
    "\"token\": {\"type\": \"string\", \"format\": \"fanfare-secret\", \"description\":"                     \
    " \"Sent as \\\"Authorization: Bearer ...\\\"\"}}}"

enum { MAX_HEADERS = 64, MAX_TOKEN = 4096 };
static const char bearer[] = "Bearer ";
enum { BEARER = sizeof bearer - 1 };

struct fanfare_instance {
    const fanfare_host *host;
    fanfare_ctx *ctx;
    const fanfare_http *http;
    fanfare_str url;
};

/* A batch of which each event is a request. An ordered one sends the next when the one before it is delivered. */
struct work {
    fanfare_instance *self;
    const fanfare_batch *batch; /* the host's, until the last answer */
    uint64_t id;
    size_t open; /* answers still to come */
    int ordered;
};

struct request {
    struct work *work;
    size_t index;
};

static const fanfare_str url_option = FANFARE_LIT("/url");
static const fanfare_str token_option = FANFARE_LIT("/token");

static fanfare_str str(const char *text) {
    const fanfare_str out = {text, strlen(text)};
    return out;
}

static fanfare_status refuse(fanfare_instance *self, const char *text, fanfare_status status) {
    self->host->set_error(self->ctx, str(text));
    return status;
}

static fanfare_status create(const fanfare_host *host, fanfare_ctx *ctx, fanfare_instance **out) {
    fanfare_instance *self = calloc(1, sizeof *self);
    if (self == NULL) {
        host->set_error(ctx, str("no memory for an instance"));
        return FANFARE_EFAILED;
    }
    self->host = host;
    self->ctx = ctx;
    self->http = host->get_extension(ctx, str(FANFARE_EXT_HTTP));
    if (self->http == NULL || host->config_str(ctx, url_option, &self->url) != FANFARE_OK) {
        host->set_error(ctx, str(self->http == NULL ? "this fanfare has no " FANFARE_EXT_HTTP ": upgrade it" : "url is missing"));
        free(self);
        return FANFARE_ECONFIG;
    }
    *out = self;
    return FANFARE_OK;
}

static int starts_with(fanfare_str text, const char *head) {
    return text.len > strlen(head) && memcmp(text.ptr, head, strlen(head)) == 0;
}

static fanfare_status validate(fanfare_instance *self) {
    if (starts_with(self->url, "http://") || starts_with(self->url, "https://")) return FANFARE_OK;
    return refuse(self, "url does not start with http:// or https://: write the whole address", FANFARE_ECONFIG);
}

static void send_event(struct work *work, size_t index);

static void answer(struct work *work, size_t index, const fanfare_result *result) {
    const fanfare_result *const results[] = {result};
    /* The host may free the batch with its last answer. */
    work->open--;
    work->self->host->complete(work->self->ctx, work->id, results, 1);
    if (!work->ordered || work->open == 0) {
        if (work->open == 0) free(work);
        return;
    }
    if (result->outcome == FANFARE_DELIVERED) {
        send_event(work, index + 1);
        return;
    }
    fanfare_result rest = {.struct_size = sizeof rest, .outcome = FANFARE_NOT_ATTEMPTED};
    rest.reason = str("an event before it in the order was not delivered");
    work->self->host->complete_all(work->self->ctx, work->id, &rest);
    free(work);
}

static fanfare_outcome outcome_of(const fanfare_http_response *response) {
    const int32_t status = response->status;
    switch (response->end) {
        case FANFARE_HTTP_DONE:
            if (status >= 200 && status <= 299) return FANFARE_DELIVERED;
            if (status == 408 || status == 425 || status == 429) return FANFARE_RETRY;
            return status >= 300 && status <= 499 ? FANFARE_REJECTED : FANFARE_RETRY;
        case FANFARE_HTTP_UNREACHABLE:
            return FANFARE_UNREACHABLE;
        case FANFARE_HTTP_INVALID:
            return FANFARE_REJECTED;
        case FANFARE_HTTP_STOPPED:
            return FANFARE_NOT_ATTEMPTED;
        default: /* IN_DOUBT, TIMEOUT, and what later hosts add: it may have arrived */
            return FANFARE_RETRY;
    }
}

static void answered(void *user, const fanfare_http_response *response) {
    struct request *request = user;
    char text[32];
    fanfare_result result = {.struct_size = sizeof result, .index = (uint32_t)request->index};
    result.outcome = outcome_of(response);
    result.code = response->status;
    result.remote = response->remote;
    result.reason = response->error;
    if (response->end == FANFARE_HTTP_DONE && result.outcome != FANFARE_DELIVERED) {
        snprintf(text, sizeof text, "HTTP %d", (int)response->status);
        result.reason = str(text);
    }
    if (result.outcome == FANFARE_RETRY) result.retry_after_ms = response->retry_after_ms;
    if (response->status == 410) result.flags |= FANFARE_RESULT_GONE;
    answer(request->work, request->index, &result);
    free(request);
}

/* Length of "Bearer ..." in `out`; 0 if there is no token, or one that is too long for a header. */
static size_t authorization(fanfare_instance *self, char *out) {
    size_t length = 0;
    if (self->host->secret(self->ctx, token_option, out + BEARER, MAX_TOKEN, &length) != FANFARE_OK) return 0;
    if (length > MAX_TOKEN) return 0;
    memcpy(out, bearer, BEARER);
    return BEARER + length;
}

static void wipe(char *text, size_t length) {
    for (volatile char *at = text; length > 0; length--) *at++ = 0;
}

static void send_event(struct work *work, size_t index) {
    fanfare_instance *self = work->self;
    const fanfare_event *event = work->batch->events[index];
    fanfare_kv headers[MAX_HEADERS];
    char token[BEARER + MAX_TOKEN];
    size_t count = 0;
    struct request *request = malloc(sizeof *request);
    if (request == NULL) {
        fanfare_result result = {.struct_size = sizeof result, .index = (uint32_t)index, .outcome = FANFARE_RETRY};
        result.reason = str("no memory for a request");
        answer(work, index, &result);
        return;
    }
    request->work = work;
    request->index = index;
    headers[count++] = (fanfare_kv){str("Idempotency-Key"), event->delivery_id};
    if (event->content_type.len > 0) headers[count++] = (fanfare_kv){str("Content-Type"), event->content_type};
    const size_t authorized = authorization(self, token);
    if (authorized > 0) headers[count++] = (fanfare_kv){str("Authorization"), {token, authorized}};
    for (size_t i = 0; i < event->header_count && count < MAX_HEADERS; i++) headers[count++] = event->headers[i];
    fanfare_http_request raw = {.struct_size = sizeof raw, .method = FANFARE_LIT("POST"), .url = self->url};
    raw.headers = headers;
    raw.header_count = count;
    raw.body = event->data;
    raw.deadline_mono_ns = work->batch->deadline_mono_ns;
    self->http->send(self->ctx, &raw, answered, request);
    wipe(token, authorized);
}

/* Returns at once: each event is answered when the far side has answered. */
static fanfare_status deliver(fanfare_instance *self, const fanfare_batch *batch) {
    struct work *work = malloc(sizeof *work);
    if (work == NULL) return FANFARE_BUSY;
    const int ordered = (batch->flags & FANFARE_BATCH_ORDERED) != 0 && batch->count > 1;
    *work = (struct work){self, batch, batch->id, batch->count, ordered};
    const size_t first = ordered ? 1 : batch->count;
    for (size_t i = 0; i < first; i++) send_event(work, i);
    return FANFARE_OK;
}

static void destroy(fanfare_instance *self) { free(self); }

static const fanfare_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi_major = FANFARE_ABI_MAJOR,
    .abi_minor = FANFARE_ABI_MINOR,
    .required_minor = FANFARE_TARGET_MINOR,
    .max_batch_events = 16,
    .name = FANFARE_LIT(FANFARE_PLUGIN_NAME),
    .version = FANFARE_LIT(FANFARE_PLUGIN_VERSION),
    .vendor = FANFARE_LIT("@NAME@ maintainers"),
    .license = FANFARE_LIT("Apache-2.0"),
    .description = FANFARE_LIT("Posts events to a URL"),
    .config_schema = FANFARE_LIT(SCHEMA),
    .create = create,
    .validate = validate,
    .deliver = deliver,
    .destroy = destroy,
};

const fanfare_plugin *fanfare_plugin_query_v1(const fanfare_host *host) {
    (void)host;
    return &plugin;
}
