package io.kintsugi.driver;

import com.hierynomus.security.AEADBlockCipher;
import com.hierynomus.security.Cipher;
import com.hierynomus.security.DerivationFunction;
import com.hierynomus.security.Mac;
import com.hierynomus.security.MessageDigest;
import com.hierynomus.security.SecurityException;
import com.hierynomus.security.SecurityProvider;
import com.hierynomus.security.bc.BCSecurityProvider;
import com.hierynomus.security.jce.JceSecurityProvider;

/// What SMB sessions sign and encrypt by: the JDK where it knows how and each byte goes through it,
/// the library's own for the rest.
final class SmbSecurity implements SecurityProvider {
  private static final String SIGNING = "AesCmac";
  private static final String GCM = "AES/GCM/NoPadding";

  private final SecurityProvider rest = new BCSecurityProvider();
  private final SecurityProvider processor = new JceSecurityProvider();

  @Override
  public MessageDigest getDigest(String name) throws SecurityException {
    return rest.getDigest(name);
  }

  @Override
  public Mac getMac(String name) throws SecurityException {
    return name.equals(SIGNING) ? new SmbMac() : rest.getMac(name);
  }

  @Override
  public Cipher getCipher(String name) throws SecurityException {
    return rest.getCipher(name);
  }

  @Override
  public AEADBlockCipher getAEADBlockCipher(String name) throws SecurityException {
    return (name.equals(GCM) ? processor : rest).getAEADBlockCipher(name);
  }

  @Override
  public DerivationFunction getDerivationFunction(String name) throws SecurityException {
    return rest.getDerivationFunction(name);
  }
}
