/* Appends every event to a file and waits until it is on the disk. The host gives each instance a thread of its own, so
 * deliver may wait; write here to whatever far side you have a blocking library for. */
#define _POSIX_C_SOURCE 200809L
#include <fanfare/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the operator can write; the host checks it and documents it. */
#define SCHEMA                                                                                               \
    "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"type\": \"object\","                       \
    " \"additionalProperties\": false, \"required\": [\"path\"], \"properties\": {"                          \
    "\"path\": {\"type\": \"string\", \"minLength\": 1, \"description\": \"File to append to, as an absolute path;" \
    " its directory must exist and belong to the daemon\", \"examples\": [\"/var/log/fanfare/@NAME@.log\"]}}}"

struct fanfare_instance {
    const fanfare_host *host;
    fanfare_ctx *ctx;
    char *path;
};

static const fanfare_str path_option = FANFARE_LIT("/path");

static fanfare_str str(const char *text) {
    const fanfare_str out = {text, strlen(text)};
    return out;
}

static fanfare_status create(const fanfare_host *host, fanfare_ctx *ctx, fanfare_instance **out) {
    fanfare_str path = {NULL, 0};
    fanfare_instance *self = calloc(1, sizeof *self);
    if (self == NULL || host->config_str(ctx, path_option, &path) != FANFARE_OK) {
        const fanfare_status status = self == NULL ? FANFARE_EFAILED : FANFARE_ECONFIG;
        host->set_error(ctx, str(self == NULL ? "no memory for an instance" : "path is missing"));
        free(self);
        return status;
    }
    self->host = host;
    self->ctx = ctx;
    self->path = strndup(path.ptr, path.len);
    if (self->path == NULL) {
        host->set_error(ctx, str("no memory for the path"));
        free(self);
        return FANFARE_EFAILED;
    }
    *out = self;
    return FANFARE_OK;
}

static fanfare_status validate(fanfare_instance *self) {
    if (self->path[0] == '/') return FANFARE_OK;
    self->host->set_error(self->ctx, str("path is not absolute: start it with '/'"));
    return FANFARE_ECONFIG;
}

static size_t append(char *line, size_t at, fanfare_str text, char end) {
    for (size_t i = 0; i < text.len; i++) line[at++] = text.ptr[i] == '\n' || text.ptr[i] == '\r' ? ' ' : text.ptr[i];
    line[at++] = end;
    return at;
}

/* What failed, NULL if all of it is on the disk. */
static const char *write_line(int file, const char *line, size_t length) {
    struct stat before;
    if (fstat(file, &before) != 0) return "cannot be looked at";
    errno = 0;
    if (write(file, line, length) != (ssize_t)length) {
        if (errno == 0) errno = ENOSPC;
        return ftruncate(file, before.st_size) == 0 ? "cannot be written" : "cannot be written, and holds half a line";
    }
    return fdatasync(file) == 0 ? NULL : "may not be on the disk";
}

static fanfare_outcome failed(fanfare_instance *self, const char *what, fanfare_outcome outcome, char *reason, size_t size) {
    snprintf(reason, size, "%s %s: %s", self->path, what, strerror(errno));
    return outcome;
}

static fanfare_outcome deliver_one(fanfare_instance *self, const fanfare_event *event, char *reason, size_t size) {
    const fanfare_str data = {(const char *)event->data.ptr, event->data.len};
    char *line = malloc(event->id.len + event->type.len + data.len + 3);
    if (line == NULL) return failed(self, "cannot be written", FANFARE_RETRY, reason, size);
    size_t length = append(line, 0, event->id, '\t');
    length = append(line, length, event->type, '\t');
    length = append(line, length, data, '\n');
    const int file = open(self->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    fanfare_outcome outcome = FANFARE_DELIVERED;
    if (file < 0) {
        outcome = failed(self, "cannot be opened", FANFARE_UNREACHABLE, reason, size);
    } else {
        const char *fault = write_line(file, line, length);
        if (fault != NULL) outcome = failed(self, fault, FANFARE_RETRY, reason, size);
        close(file);
    }
    free(line);
    return outcome;
}

static fanfare_status deliver(fanfare_instance *self, const fanfare_batch *batch) {
    const uint64_t id = batch->id;
    const size_t count = batch->count;
    for (size_t i = 0; i < count; i++) {
        char reason[512] = "";
        fanfare_result result = {.struct_size = sizeof result, .index = (uint32_t)i};
        const fanfare_result *const results[] = {&result};
        result.outcome = deliver_one(self, batch->events[i], reason, sizeof reason);
        result.reason = str(reason);
        self->host->complete(self->ctx, id, results, 1);
        if (result.outcome == FANFARE_DELIVERED) continue;
        /* The next would fail the same way; in an ordered batch it must not overtake. */
        if (i + 1 == count) break;
        fanfare_result rest = {.struct_size = sizeof rest, .outcome = FANFARE_NOT_ATTEMPTED};
        rest.reason = str("an event before it could not be written");
        self->host->complete_all(self->ctx, id, &rest);
        break;
    }
    return FANFARE_OK;
}

static void destroy(fanfare_instance *self) {
    free(self->path);
    free(self);
}

static const fanfare_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi_major = FANFARE_ABI_MAJOR,
    .abi_minor = FANFARE_ABI_MINOR,
    .required_minor = FANFARE_TARGET_MINOR,
    .capabilities = FANFARE_CAP_BLOCKING,
    .max_batch_events = 16,
    .name = FANFARE_LIT(FANFARE_PLUGIN_NAME),
    .version = FANFARE_LIT(FANFARE_PLUGIN_VERSION),
    .vendor = FANFARE_LIT("@NAME@ maintainers"),
    .license = FANFARE_LIT("Apache-2.0"),
    .description = FANFARE_LIT("Writes events into a file, one a line"),
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
