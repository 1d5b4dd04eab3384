/* Keeps the contract, and writes down in the file of its option "path" what it is given and in which order it is
 * called. Answers everything DELIVERED from inside deliver. */
#define PLUGIN_SCHEMA                                                                              \
    "{\"type\":\"object\",\"required\":[\"path\"],\"properties\":{\"path\":{\"type\":\"string\"}," \
    "\"secret\":{\"type\":\"string\",\"format\":\"fanfare-secret\"},\"n\":{\"type\":\"integer\",\"default\":7}}}"
#define PLUGIN_START Start
#define PLUGIN_STOP Stop
#define PLUGIN_VALIDATE Validate

#include <fanfare/crypto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

struct fanfare_instance {
    const fanfare_host *host;
    fanfare_ctx *ctx;
    FILE *file;
};

static const fanfare_str kPath = STR("/path"), kSecret = STR("/secret"), kN = STR("/n"), kAll = STR(""),
                         kList = STR("/list"), kFirst = STR("/list/0"), kFlag = STR("/flag"), kRatio = STR("/ratio"),
                         kNone = STR("/none");

static void Text(FILE *file, const char *name, fanfare_str text) {
    fprintf(file, " %s=%.*s", name, (int)text.len, text.ptr ? text.ptr : "");
}

static void WriteOptions(struct fanfare_instance *self) {
    const fanfare_host *host = self->host;
    fanfare_str text = STR("?");
    int64_t n = -1;
    double ratio = -1;
    uint32_t flag = 9;
    size_t size = 99;
    char secret[4];
    fanfare_status status = host->config_i64(self->ctx, kN, &n);
    fprintf(self->file, "options n=%u:%lld", status, (long long)n);
    status = host->config_f64(self->ctx, kRatio, &ratio);
    fprintf(self->file, " ratio=%u:%g", status, ratio);
    status = host->config_bool(self->ctx, kFlag, &flag);
    fprintf(self->file, " flag=%u:%u", status, flag);
    status = host->config_size(self->ctx, kList, &size);
    fprintf(self->file, " list=%u:%zu", status, size);
    if (host->config_str(self->ctx, kFirst, &text) == FANFARE_OK) Text(self->file, "first", text);
    if (host->config_key(self->ctx, kAll, 0, &text) == FANFARE_OK) Text(self->file, "key0", text);
    fprintf(self->file, " none=%d", (int)host->config_str(self->ctx, kNone, &text));
    fprintf(self->file, " secret_in_options=%d", (int)host->config_str(self->ctx, kSecret, &text));
    if (host->secret(self->ctx, kSecret, secret, sizeof secret, &size) == FANFARE_OK) {
        fprintf(self->file, " secret=%.4s:%zu", secret, size);
    }
    fprintf(self->file, " no_secret=%d\n", (int)host->secret(self->ctx, kN, secret, sizeof secret, &size));
}

static void WriteDigest(struct fanfare_instance *self) {
    const fanfare_str id = STR(FANFARE_EXT_CRYPTO), other = STR("fanfare.nothing/1");
    const fanfare_crypto *crypto = self->host->get_extension(self->ctx, id);
    const fanfare_bytes key = {(const uint8_t *)"Jefe", 4},
                        data = {(const uint8_t *)"what do ya want for nothing?", 28};
    uint8_t digest[32];
    crypto->hmac_sha256(key, data, digest);
    fprintf(self->file, "hmac=%02x%02x", digest[0], digest[31]);
    fprintf(self->file, " other=%d\n", self->host->get_extension(self->ctx, other) != NULL);
    crypto->sha256(key, digest);
    fprintf(self->file, "sha=%02x%02x\n", digest[0], digest[31]);
}

static fanfare_status Create(const fanfare_host *host, fanfare_ctx *ctx, fanfare_instance **out) {
    fanfare_str path;
    if (host->config_str(ctx, kPath, &path) != FANFARE_OK) return FANFARE_ECONFIG;
    char *name = calloc(1, path.len + 1);
    memcpy(name, path.ptr, path.len);
    FILE *file = fopen(name, "w");
    free(name);
    if (file == NULL) return FANFARE_ECONFIG;
    *out = malloc(sizeof **out);
    (*out)->host = host;
    (*out)->ctx = ctx;
    (*out)->file = file;
    fprintf(file, "create\n");
    WriteOptions(*out);
    WriteDigest(*out);
    return FANFARE_OK;
}

static fanfare_status Validate(fanfare_instance *self) {
    fprintf(self->file, "validate\n");
    return FANFARE_OK;
}

static fanfare_status Start(fanfare_instance *self) {
    fprintf(self->file, "start\n");
    return FANFARE_OK;
}

static void WriteEvent(FILE *file, const fanfare_event *event) {
    fprintf(file, "event attempt=%u", event->attempt);
    Text(file, "delivery", event->delivery_id);
    Text(file, "message", event->message_id);
    Text(file, "id", event->id);
    Text(file, "source", event->source);
    Text(file, "type", event->type);
    Text(file, "subject", event->subject);
    Text(file, "time", event->time);
    Text(file, "content_type", event->content_type);
    Text(file, "schema", event->data_schema);
    Text(file, "realm", event->realm);
    for (size_t i = 0; i < event->extension_count; ++i) {
        Text(file, "ext", event->extensions[i].key);
        Text(file, "is", event->extensions[i].value);
    }
    for (size_t i = 0; i < event->header_count; ++i) {
        Text(file, "header", event->headers[i].key);
        Text(file, "is", event->headers[i].value);
    }
    for (size_t i = 0; i < event->option_count; ++i) {
        Text(file, "option", event->options[i].key);
        Text(file, "is", event->options[i].value);
    }
    if (event->flags & FANFARE_EVENT_SHAPED) fprintf(file, " shaped");
    fprintf(file, " data=%.*s received=%lld", (int)event->data.len, (const char *)event->data.ptr,
            (long long)event->received_unix_ns);
    if (event->order_key.len > 0) Text(file, "order", event->order_key);
    fprintf(file, "\n");
}

static fanfare_status Deliver(fanfare_instance *self, const fanfare_batch *batch) {
    fprintf(self->file, "deliver %zu deadline=%lld\n", batch->count, (long long)batch->deadline_mono_ns);
    for (size_t i = 0; i < batch->count; ++i) WriteEvent(self->file, batch->events[i]);
    const fanfare_result result = {
        .struct_size = sizeof result, .outcome = FANFARE_DELIVERED, .code = 250, .response = STR("ok")};
    self->host->complete_all(self->ctx, batch->id, &result);
    return FANFARE_OK;
}

static void Stop(fanfare_instance *self, int64_t deadline_mono_ns) {
    (void)deadline_mono_ns;
    fprintf(self->file, "stop\n");
}

static void Destroy(fanfare_instance *self) {
    fprintf(self->file, "destroy\n");
    fclose(self->file);
    free(self);
}

DEFINE_TABLE;

const fanfare_plugin *fanfare_plugin_query_v1(const fanfare_host *host) {
    (void)host;
    return &kTable;
}
