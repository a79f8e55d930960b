package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3XmlTest {
  @Test
  void aListingIsReadWithItsEncodedNames() throws Exception {
    var listing =
        S3Xml.listing(
            Buffer.buffer(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
                  <Name>b</Name><Prefix>a%2F</Prefix><EncodingType>url</EncodingType>
                  <IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>
                  <Contents><Key>a/x%20y%2B%01</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>
                    <ETag>&quot;e&quot;</ETag><Size>5000000000</Size>
                    <Owner><ID>i</ID></Owner></Contents>
                  <Contents><Key>a/z</Key><Size>0</Size></Contents>
                  <CommonPrefixes><Prefix>a/%C3%BC/</Prefix></CommonPrefixes>
                </ListBucketResult>
                """));
    assertThat(listing.items())
        .containsExactly(
            new S3Xml.Item(
                "a/x y+\u0001", 5_000_000_000L, Instant.parse("2026-01-02T03:04:05Z"), "\"e\""),
            new S3Xml.Item("a/z", 0, Instant.EPOCH, ""));
    assertThat(listing.prefixes()).containsExactly("a/ü/");
    assertThat(listing.token()).isEqualTo("t&1");
  }

  @Test
  void aListingThatBreaksOffIsNoListing() {
    for (var text :
        List.of(
            "",
            "<html>",
            "<Error><Code>x</Code></Error>",
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "<ListBucketResult><Contents><Size>many</Size></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>a</Key>")) {
      assertThatThrownBy(() -> S3Xml.listing(Buffer.buffer(text)))
          .as(text)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void nothingOutsideOfADocumentIsLookedAt(@TempDir Path folder) throws Exception {
    var file = Files.writeString(folder.resolve("secret"), "TOP");
    var outside =
        "<!DOCTYPE Error [<!ENTITY e SYSTEM \""
            + file.toUri()
            + "\">]>"
            + "<Error><Code>&e;</Code></Error>";
    assertThat(S3Xml.problem(Buffer.buffer(outside)).toString()).doesNotContain("TOP");
    var laughs =
        "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><Error><Code>&b;</Code></Error>";
    assertThat(S3Xml.problem(Buffer.buffer(laughs))).isEqualTo(S3Xml.Problem.NONE);
    assertThatThrownBy(() -> S3Xml.text(Buffer.buffer("<a>".repeat(100)), "Code"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void anErrorIsOneBehindBlanksToo() throws Exception {
    var late =
        Buffer.buffer(
            "  \n <?xml version=\"1.0\"?>\n\n  <Error><Code>InternalError</Code></Error>");
    assertThat(S3Xml.isError(late)).isTrue();
    assertThat(S3Xml.problem(late).code()).isEqualTo("InternalError");
    var begun = Buffer.buffer("<?xml version=\"1.0\"?>   <R><ETag>\"a\"</ETag></R>");
    assertThat(S3Xml.isError(begun)).isFalse();
    assertThat(S3Xml.text(begun, "ETag")).isEqualTo("\"a\"");
  }

  @Test
  void partsAreNamedWithTheirTags() {
    assertThat(new String(S3Xml.parts(List.of("\"a\"", "b<&")), UTF_8))
        .endsWith(
            "<Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part>"
                + "<Part><PartNumber>2</PartNumber><ETag>b&lt;&amp;</ETag></Part>"
                + "</CompleteMultipartUpload>");
  }
}
