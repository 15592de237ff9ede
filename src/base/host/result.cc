#include "base/host/result.h"

#include <cerrno>
#include <system_error>

namespace hone {

tl::unexpected<Error> fail_errno(std::string message, int sys_errno) {
  Error error;
  switch (sys_errno) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      error.code = Code::NotFound;
      break;
    case EACCES:
    case EPERM:
      error.code = Code::Permission;
      break;
    case EINVAL:
      error.code = Code::InvalidArgument;
      break;
    case ENOSYS:
    case EOPNOTSUPP:
    case ENODEV:
      error.code = Code::Unsupported;
      break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      error.code = Code::LimitExceeded;
      break;
    case EINTR:
      error.code = Code::Cancelled;
      break;
    default:
      error.code = Code::Io;
      break;
  }
  error.sys_errno = sys_errno;
  error.message = std::move(message) + ": " + std::generic_category().message(sys_errno);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace hone
