/*
 * Gives sessions several CPU devices, which the addon has no option for: loaded with its names visible to later libraries, its TF_NewSessionOptions
 * is found before TensorFlow's. It is an empty addon itself, so that Node keeps it loaded.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct TF_SessionOptions TF_SessionOptions;
typedef struct TF_Status TF_Status;

static void *tensorflow(const char *name) {
  void *library = dlopen("libtensorflow_cc.so.2", RTLD_LAZY | RTLD_NOLOAD);
  void *found = library == NULL ? NULL : dlsym(library, name);
  if (found == NULL) abort();
  return found;
}

TF_SessionOptions *TF_NewSessionOptions(void) {
  TF_SessionOptions *(*make)(void) = (TF_SessionOptions * (*)(void)) tensorflow("TF_NewSessionOptions");
  void (*set)(TF_SessionOptions *, const void *, size_t, TF_Status *) = (void (*)(TF_SessionOptions *, const void *, size_t, TF_Status *))tensorflow("TF_SetConfig");
  TF_Status *(*status)(void) = (TF_Status * (*)(void)) tensorflow("TF_NewStatus");
  void (*forget)(TF_Status *) = (void (*)(TF_Status *))tensorflow("TF_DeleteStatus");
  TF_SessionOptions *options = make();
  const char *count = getenv("FRACBITS_TEST_CPU_DEVICES");
  if (count == NULL) return options;
  /* ConfigProto: device_count (field 1), an entry of a map from "CPU" to the count. */
  const char config[] = {0x0a, 7, 0x0a, 3, 'C', 'P', 'U', 0x10, (char)atoi(count)};
  TF_Status *state = status();
  set(options, config, sizeof config, state);
  forget(state);
  return options;
}

void *napi_register_module_v1(void *env, void *exports) {
  (void)env;
  return exports;
}
