package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The documents that clients send, and what is written so that they can read it (F6).
class DocumentsTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void keysToDeleteAreRead() {
    var read =
        Documents.delete(
            utf8(
                "<?xml version=\"1.0\"?><Delete"
                    + " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>"
                    + "<Object><Key>a&amp;b</Key><VersionId>null</VersionId></Object>"
                    + "<Object><Key><![CDATA[<c>]]> d</Key><ETag>\"e\"</ETag></Object></Delete>"));
    assertThat(read.quiet()).isTrue();
    assertThat(read.keys()).extracting(k -> k.key()).containsExactly("a&b", "<c> d");
    assertThat(read.keys()).extracting(k -> k.condition().ifMatch()).containsExactly(null, "e");
  }

  @Test
  void partsToCompleteAreRead() {
    var parts =
        Documents.complete(
            utf8(
                "<CompleteMultipartUpload><Part><ETag>&quot;x&quot;</ETag><PartNumber>1"
                    + "</PartNumber><ChecksumCRC32>a</ChecksumCRC32></Part><Part><PartNumber>3"
                    + "</PartNumber><ETag>y</ETag></Part></CompleteMultipartUpload>"));
    assertThat(parts).extracting(p -> p.number()).containsExactly(1, 3);
    assertThat(parts).extracting(p -> p.etag()).containsExactly("x", "y");
  }

  @Test
  void partsMustAscend() {
    assertThatThrownBy(() ->
            Documents.complete(
                utf8(
                    "<CompleteMultipartUpload><Part><ETag>x</ETag><PartNumber>2</PartNumber>"
                        + "</Part><Part><ETag>y</ETag><PartNumber>2</PartNumber></Part>"
                        + "</CompleteMultipartUpload>")))
        .isInstanceOfSatisfying(
            S3Error.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_PART_ORDER));
  }

  @Test
  void aRegionMayStandInTheDocumentOrNot() {
    assertThat(Documents.location(new byte[0])).isNull();
    assertThat(Documents.location(utf8("<CreateBucketConfiguration/>"))).isNull();
    assertThat(
            Documents.location(
                utf8(
                    "<CreateBucketConfiguration><LocationConstraint>us-east-1"
                        + "</LocationConstraint></CreateBucketConfiguration>")))
        .isEqualTo("us-east-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no xml",
        "<Other/>",
        "<Delete/>",
        "<Delete><Object/></Delete>",
        "<Delete><Object><Key>a</Key></Object>",
        "<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Delete><Object><Key>&x;</Key>"
            + "</Object></Delete>",
        "<!DOCTYPE d [<!ENTITY x \"y\">]><Delete><Object><Key>&x;</Key></Object></Delete>",
        "<a><b><c><d><e><f><g><h><i><j/></i></h></g></f></e></d></c></b></a>"
      })
  void whatIsNotThatDocumentIsRefused(String document) {
    assertThatThrownBy(() -> Documents.delete(utf8(document)))
        .isInstanceOfSatisfying(
            S3Error.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_XML));
  }

  @Test
  void anyTextIsWrittenSoThatItIsReadAsItWas() {
    var key = "a<b>&\"c'\r\n\té😀]]>";
    var text = Xml.document("Delete").open("Object").put("Key", key).toString();
    assertThat(Documents.delete(utf8(text)).keys().getFirst().key()).isEqualTo(key);
  }

  @Test
  void continuationTokensCarryAnyKey() {
    assertThat(ListingXml.afterOf(ListingXml.token("a/ü \u0001"))).isEqualTo("a/ü \u0001");
    assertThatThrownBy(() -> ListingXml.afterOf("%%%")).isInstanceOf(S3Error.class);
  }
}
