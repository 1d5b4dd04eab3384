/* Keeps the contract: one request of fanfare.http/1 for each event, answered by how it ended. */
#include <fanfare/http.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

struct fanfare_instance {
    const fanfare_host *host;
    fanfare_ctx *ctx;
    const fanfare_http *http;
    int is_sending;
};

struct request {
    fanfare_instance *self;
    uint64_t batch;
    uint32_t index;
};

static void Done(void *user, const fanfare_http_response *response) {
    struct request *request = user;
    fanfare_instance *self = request->self;
    fanfare_result result;
    memset(&result, 0, sizeof result);
    result.struct_size = sizeof result;
    result.index = request->index;
    result.code = response->status;
    result.retry_after_ms = response->retry_after_ms;
    result.response.ptr = (const char *)response->body.ptr;
    result.response.len = response->body.len;
    result.reason = response->error;
    if (response->header_count > 0) result.reason = response->headers[0].value;
    switch (response->end) {
        case FANFARE_HTTP_DONE: result.outcome = response->status == 200 ? FANFARE_DELIVERED : FANFARE_RETRY; break;
        case FANFARE_HTTP_UNREACHABLE: result.outcome = FANFARE_UNREACHABLE; break;
        case FANFARE_HTTP_STOPPED: result.outcome = FANFARE_NOT_ATTEMPTED; break;
        case FANFARE_HTTP_INVALID: result.outcome = FANFARE_REJECTED; break;
        default: result.outcome = FANFARE_RETRY;
    }
    if (self->is_sending) result.outcome = FANFARE_REJECTED; /* called from inside send */
    const fanfare_result *const results[] = {&result};
    self->host->complete(self->ctx, request->batch, results, 1);
    free(request);
}

static fanfare_status Create(const fanfare_host *host, fanfare_ctx *ctx, fanfare_instance **out) {
    const fanfare_str id = STR(FANFARE_EXT_HTTP);
    *out = calloc(1, sizeof **out);
    (*out)->host = host;
    (*out)->ctx = ctx;
    (*out)->http = host->get_extension(ctx, id);
    return FANFARE_OK;
}

static fanfare_status Deliver(fanfare_instance *self, const fanfare_batch *batch) {
    const fanfare_kv header = {STR("x-kind"), STR("test")};
    for (size_t i = 0; i < batch->count; ++i) {
        struct request *request = malloc(sizeof *request);
        request->self = self;
        request->batch = batch->id;
        request->index = (uint32_t)i;
        fanfare_http_request out;
        memset(&out, 0, sizeof out);
        out.struct_size = sizeof out;
        out.method = (fanfare_str)STR("PUT");
        out.url = batch->events[i]->subject;
        out.headers = &header;
        out.header_count = 1;
        out.body = batch->events[i]->data;
        out.deadline_mono_ns = batch->deadline_mono_ns;
        self->is_sending = 1;
        self->http->send(self->ctx, &out, Done, request);
        self->is_sending = 0;
    }
    return FANFARE_OK;
}

static void Destroy(fanfare_instance *self) { free(self); }

DEFINE_TABLE;

const fanfare_plugin *fanfare_plugin_query_v1(const fanfare_host *host) {
    (void)host;
    return &kTable;
}
