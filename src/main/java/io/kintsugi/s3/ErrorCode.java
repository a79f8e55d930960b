package io.kintsugi.s3;

/// The error codes of S3 that this edge answers with: the word, the HTTP status, and the sentence
/// where nothing more precise is known.
enum ErrorCode {
  ACCESS_DENIED(403, "AccessDenied", "Access Denied."),
  AUTHORIZATION_HEADER_MALFORMED(
      400, "AuthorizationHeaderMalformed", "The authorization header you provided is invalid."),
  AUTHORIZATION_QUERY_PARAMETERS(
      400,
      "AuthorizationQueryParametersError",
      "The authorization query parameters you provided are invalid."),
  BAD_DIGEST(
      400,
      "BadDigest",
      "The Content-MD5 or checksum value that you specified did not match what the server received."),
  BUCKET_ALREADY_OWNED_BY_YOU(
      409,
      "BucketAlreadyOwnedByYou",
      "The bucket that you tried to create already exists, and you own it."),
  BUCKET_NOT_EMPTY(409, "BucketNotEmpty", "The bucket that you tried to delete is not empty."),
  ENTITY_TOO_LARGE(
      400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size."),
  ENTITY_TOO_SMALL(
      400,
      "EntityTooSmall",
      "Your proposed upload is smaller than the minimum allowed object size."),
  ILLEGAL_VERSIONING(
      400,
      "IllegalVersioningConfigurationException",
      "The Status of the versioning configuration must be specified."),
  INCOMPLETE_BODY(
      400,
      "IncompleteBody",
      "You did not provide the number of bytes specified by the Content-Length HTTP header."),
  INSUFFICIENT_STORAGE(
      507, "InsufficientStorage", "There is no space left where the bytes should go."),
  INTERNAL_ERROR(500, "InternalError", "We encountered an internal error. Please try again."),
  INVALID_ACCESS_KEY_ID(
      403,
      "InvalidAccessKeyId",
      "The AWS access key ID that you provided does not exist in our records."),
  INVALID_ARGUMENT(400, "InvalidArgument", "Invalid argument."),
  INVALID_BUCKET_NAME(400, "InvalidBucketName", "The specified bucket is not valid."),
  INVALID_DIGEST(400, "InvalidDigest", "The Content-MD5 that you specified is not valid."),
  INVALID_PART(
      400,
      "InvalidPart",
      "One or more of the specified parts could not be found. The part might not have been uploaded, or the specified entity tag might not have matched the part's entity tag."),
  INVALID_PART_NUMBER(416, "InvalidPartNumber", "The requested part number is not satisfiable."),
  INVALID_PART_ORDER(
      400,
      "InvalidPartOrder",
      "The list of parts was not in ascending order. Parts must be ordered by part number."),
  INVALID_RANGE(416, "InvalidRange", "The requested range is not satisfiable."),
  INVALID_REQUEST(400, "InvalidRequest", "Invalid request."),
  INVALID_STORAGE_CLASS(
      400, "InvalidStorageClass", "The storage class that you specified is not valid."),
  INVALID_URI(400, "InvalidURI", "The specified URI could not be parsed."),
  KEY_IS_FOLDER(
      409,
      "KeyIsFolder",
      "A folder bears this name on an origin where the file was to be written."),
  KEY_TOO_LONG(400, "KeyTooLongError", "Your key is too long."),
  MALFORMED_TRAILER(
      400,
      "MalformedTrailerError",
      "The request contained trailing data that was not well-formed or did not conform to what was declared."),
  MALFORMED_XML(
      400,
      "MalformedXML",
      "The XML that you provided was not well formed or did not validate against our published schema."),
  METADATA_TOO_LARGE(
      400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size."),
  METHOD_NOT_ALLOWED(
      405, "MethodNotAllowed", "The specified method is not allowed against this resource."),
  MISSING_CONTENT_LENGTH(
      411, "MissingContentLength", "You must provide the Content-Length HTTP header."),
  NO_SUCH_BUCKET(404, "NoSuchBucket", "The specified bucket does not exist."),
  NO_SUCH_BUCKET_POLICY(404, "NoSuchBucketPolicy", "The bucket policy does not exist."),
  NO_SUCH_CORS(404, "NoSuchCORSConfiguration", "The CORS configuration does not exist."),
  NO_SUCH_ENCRYPTION(
      404,
      "ServerSideEncryptionConfigurationNotFoundError",
      "The server side encryption configuration was not found."),
  NO_SUCH_KEY(404, "NoSuchKey", "The specified key does not exist."),
  NO_SUCH_LIFECYCLE(
      404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist."),
  NO_SUCH_OBJECT_LOCK(
      404,
      "ObjectLockConfigurationNotFoundError",
      "Object Lock configuration does not exist for this bucket."),
  NO_SUCH_OBJECT_LOCK_OF_OBJECT(
      404,
      "NoSuchObjectLockConfiguration",
      "The specified object does not have an Object Lock configuration."),
  NO_SUCH_OWNERSHIP_CONTROLS(
      404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found."),
  NO_SUCH_PUBLIC_ACCESS_BLOCK(
      404,
      "NoSuchPublicAccessBlockConfiguration",
      "The public access block configuration was not found."),
  NO_SUCH_REPLICATION(
      404, "ReplicationConfigurationNotFoundError", "The replication configuration was not found."),
  NO_SUCH_TAG_SET(404, "NoSuchTagSet", "The TagSet does not exist."),
  NO_SUCH_UPLOAD(
      404,
      "NoSuchUpload",
      "The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might have been aborted or completed."),
  NO_SUCH_VERSION(
      404,
      "NoSuchVersion",
      "The version ID specified in the request does not match an existing version."),
  NO_SUCH_WEBSITE(
      404,
      "NoSuchWebsiteConfiguration",
      "The specified bucket does not have a website configuration."),
  NOT_IMPLEMENTED(
      501,
      "NotImplemented",
      "A header or query that you provided implies functionality that is not implemented."),
  OPERATION_ABORTED(
      409,
      "OperationAborted",
      "A conflicting conditional operation is currently in progress against this resource. Try again."),
  PARENT_IS_FILE(
      409,
      "ParentIsFile",
      "A part of this key is a file on an origin where the file was to be written."),
  PRECONDITION_FAILED(
      412,
      "PreconditionFailed",
      "At least one of the preconditions that you specified did not hold."),
  REQUEST_TIME_TOO_SKEWED(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the server's time is too large."),
  REQUEST_TIMEOUT(
      400,
      "RequestTimeout",
      "Your socket connection to the server was not read from or written to within the timeout period."),
  SERVICE_UNAVAILABLE(
      503, "ServiceUnavailable", "Service is unable to handle the request now. Please try again."),
  SHA256_MISMATCH(
      400,
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed."),
  SIGNATURE_DOES_NOT_MATCH(
      403,
      "SignatureDoesNotMatch",
      "The request signature that the server calculated does not match the signature that you provided. Check your secret access key and signing method."),
  SLOW_DOWN(503, "SlowDown", "Please reduce your request rate.");

  private final int status;
  private final String word;
  private final String sentence;

  ErrorCode(int status, String word, String sentence) {
    this.status = status;
    this.word = word;
    this.sentence = sentence;
  }

  int status() {
    return status;
  }

  String word() {
    return word;
  }

  String sentence() {
    return sentence;
  }
}
