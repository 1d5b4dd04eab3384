/* Uses what ABI 1.0 offers to C: waits in deliver, writes a line per event to a file, and answers as the event's type says. */
#include <fanfare/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fanfare_instance {
    const fanfare_host *host;
    fanfare_ctx *ctx;
    char path[512];
};

static fanfare_str str(const char *text) {
    const fanfare_str out = {text, strlen(text)};
    return out;
}

static fanfare_status create(const fanfare_host *host, fanfare_ctx *ctx, fanfare_instance **out) {
    fanfare_str path = {NULL, 0};
    fanfare_instance *self = calloc(1, sizeof *self);
    if (self == NULL) return FANFARE_EFAILED;
    if (host->config_str(ctx, str("/path"), &path) != FANFARE_OK || path.len >= sizeof self->path) {
        host->set_error(ctx, str("path is missing or too long"));
        free(self);
        return FANFARE_ECONFIG;
    }
    self->host = host;
    self->ctx = ctx;
    memcpy(self->path, path.ptr, path.len);
    *out = self;
    return FANFARE_OK;
}

static fanfare_status validate(fanfare_instance *self) {
    if (self->path[0] == '/') return FANFARE_OK;
    self->host->set_error(self->ctx, str("path is not absolute: start it with '/'"));
    return FANFARE_ECONFIG;
}

static fanfare_status start(fanfare_instance *self) {
    const fanfare_kv field = {str("path"), str(self->path)};
    self->host->log(self->ctx, FANFARE_INFO, str("golden plugin starts"), &field, 1);
    return FANFARE_OK;
}

static int is_type(const fanfare_event *event, const char *type) {
    return event->type.len == strlen(type) && memcmp(event->type.ptr, type, event->type.len) == 0;
}

static fanfare_result result_of(const fanfare_event *event) {
    fanfare_result result = {.struct_size = sizeof result, .outcome = FANFARE_DELIVERED, .code = 7};
    if (is_type(event, "retry") && event->attempt == 1) {
        result.outcome = FANFARE_RETRY;
        result.retry_after_ms = 1;
        result.reason = str("the golden plugin wants to see it again");
    } else if (is_type(event, "rejected")) {
        result.outcome = FANFARE_REJECTED;
        result.reason = str("the golden plugin rejects it");
        result.response = str("an answer");
        result.remote = str("192.0.2.1:7");
    }
    return result;
}

static fanfare_status deliver(fanfare_instance *self, const fanfare_batch *batch) {
    const uint64_t id = batch->id;
    const size_t count = batch->count;
    for (size_t i = 0; i < count; i++) {
        const fanfare_event *event = batch->events[i];
        fanfare_result result = result_of(event);
        const fanfare_result *const results[] = {&result};
        FILE *file = fopen(self->path, "ae");
        result.index = (uint32_t)i;
        if (file == NULL) {
            result.outcome = FANFARE_UNREACHABLE;
            result.reason = str("the file cannot be opened");
        } else {
            fprintf(file, "%.*s %.*s %u %.*s\n", (int)event->id.len, event->id.ptr, (int)event->type.len, event->type.ptr,
                    (unsigned)event->attempt, (int)event->data.len, (const char *)event->data.ptr);
            fclose(file);
        }
        self->host->complete(self->ctx, id, results, 1);
    }
    return FANFARE_OK;
}

static void stop(fanfare_instance *self, int64_t deadline_mono_ns) {
    (void)deadline_mono_ns;
    self->host->log(self->ctx, FANFARE_INFO, str("golden plugin stops"), NULL, 0);
}

static void destroy(fanfare_instance *self) { free(self); }

static const fanfare_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi_major = FANFARE_ABI_MAJOR,
    .abi_minor = FANFARE_ABI_MINOR,
    .required_minor = FANFARE_TARGET_MINOR,
    .capabilities = FANFARE_CAP_BLOCKING,
    .max_batch_events = 4,
    .name = FANFARE_LIT(FANFARE_PLUGIN_NAME),
    .version = FANFARE_LIT(FANFARE_PLUGIN_VERSION),
    .vendor = FANFARE_LIT("Fanfare"),
    .license = FANFARE_LIT("Apache-2.0"),
    .description = FANFARE_LIT("Writes down what it was given"),
    .config_schema = FANFARE_LIT("{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"path\"], \"properties\":"
                                 " {\"path\": {\"type\": \"string\", \"description\": \"File to append to\","
                                 " \"examples\": [\"/var/log/fanfare/golden.log\"]}}}"),
    .create = create,
    .validate = validate,
    .start = start,
    .deliver = deliver,
    .stop = stop,
    .destroy = destroy,
};

const fanfare_plugin *fanfare_plugin_query_v1(const fanfare_host *host) {
    (void)host;
    return &plugin;
}
